extension Scheduler {
  /// The last decision in words: a line per replica, the step, and the reason. Names are by id; a
  /// replica without a name is called by its id.
  public func explanation(names: [String]) -> String {
    decision?.explanation(names: names) ?? "no split has been decided yet"
  }
}

extension Decision {
  func explanation(names: [String]) -> String {
    func name(_ replica: Int) -> String {
      replica < names.count ? names[replica] : "replica \(replica)"
    }
    var rows = [["replica", "fixed", "per grain", "spread", "grains", "expected"]]
    for share in shares {
      let spread = share.sampleCount > 0 ? "± " + percent(share.deviation) : "unmeasured"
      rows.append([
        name(share.replica), milliseconds(share.fixedSeconds),
        milliseconds(share.secondsPerFurtherGrain), spread, "\(share.grains)",
        milliseconds(share.expectedSeconds),
      ])
    }
    rows.append(["the step", "", "", "", "\(grainCount)", milliseconds(expectedSeconds)])
    var lines = aligned(rows)
    lines.append(reasonText)
    if let tried { lines.append("tried: a grain for \(name(tried)), which got none lately") }
    return lines.joined(separator: "\n")
  }

  private var reasonText: String {
    switch reason {
    case .given: "given: this split does not depend on measured times"
    case .first: "new: the first split of these grains over these replicas"
    case .kept(let gain): "kept: another split would save only \(percent(gain))"
    case .changed(let gain): "changed: expected to save \(percent(gain)) of the step"
    }
  }
}

private func milliseconds(_ seconds: Double) -> String {
  // Three digits that count, as far as microseconds.
  let value = seconds * 1e3
  return decimal(value, places: value < 10 ? 3 : value < 100 ? 2 : 1) + " ms"
}

private func percent(_ share: Double) -> String { decimal(share * 100, places: 1) + " %" }

private func decimal(_ value: Double, places: Int) -> String {
  var scale = 1
  for _ in 0..<places { scale *= 10 }
  let scaled = value * Double(scale) + 0.5
  guard scaled >= 0, scaled < 1e15 else { return "\(value)" }
  let whole = Int(scaled)
  let digits = "\(whole % scale)"
  return "\(whole / scale)." + String(repeating: "0", count: places - digits.count) + digits
}

/// The first column to the left, the others to the right, two spaces between.
private func aligned(_ rows: [[String]]) -> [String] {
  var widths: [Int] = []
  for row in rows {
    for (column, cell) in row.enumerated() {
      if column == widths.count { widths.append(0) }
      widths[column] = max(widths[column], cell.count)
    }
  }
  return rows.map { row in
    row.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return column == 0 ? cell + space : "  " + space + cell
    }.joined()
  }
}
