extension Drawing {
  /// Sizes in pixels.
  private enum Size {
    static let width = 1280.0
    static let margin = 16.0
    static let lane = 18.0
    static let gap = 4.0
    static let heading = 20.0
    static let strip = 5.0
    static let text = 12.0
  }

  /// The picture as a file.
  public var svg: String {
    let left = labelWidth
    let scale = DrawingScale(
      left: left, right: Size.width - Size.margin, window: window)
    var canvas = SVGCanvas(width: Size.width)
    var y = Size.margin + Size.text
    canvas.text(title, x: Size.margin, y: y, style: "strong")
    y = drawLegend(on: &canvas, y: y + 12)
    let top = y + 16
    drawStepLabels(on: &canvas, scale, y: top - 4)

    y = top
    // The rows are drawn over the borders, but only now is it known how far those reach.
    var rows = SVGCanvas(width: Size.width)
    for group in groups { y = draw(group, on: &rows, scale, y: y) }
    y += Size.gap
    drawTimes(on: &canvas, scale, top: top, bottom: y)
    canvas.add(rows)
    return canvas.document(height: y + 40, title: title)
  }

  private var title: String {
    let name =
      steps.count == 1
      ? "step \(steps.lowerBound)" : "steps \(steps.lowerBound) to \(steps.upperBound)"
    return "\(name): \(window.length.milliseconds) ms"
  }

  private var labelWidth: Double {
    let widths = groups.flatMap { group in
      [SVGCanvas.width(of: group.name)] + group.rows.map { SVGCanvas.width(of: $0.name) + 12 }
    }
    return min(300, max(80, widths.max() ?? 0)) + 2 * Size.margin
  }

  /// Draws squares with their meaning, on as many lines as they need; returns where the last one ends.
  private func drawLegend(on canvas: inout SVGCanvas, y: Double) -> Double {
    var entries = activities.map { ($0.colour, $0.rawValue) }
    if groups.contains(where: { $0.overlap?.communication.length(in: window) ?? 0 > 0 }) {
      entries.append((SVGCanvas.hiddenColour, "communication hidden"))
      entries.append((SVGCanvas.exposedColour, "communication exposed"))
    }
    var (x, y) = (Size.margin, y)
    for (colour, name) in entries {
      let width = 18 + SVGCanvas.width(of: name) + 16
      if x + width > Size.width - Size.margin {
        x = Size.margin
        y += 20
      }
      canvas.rectangle(x: x, y: y, width: 12, height: 12, colour: colour)
      canvas.text(name, x: x + 18, y: y + 10.5)
      x += width
    }
    return y + 20
  }

  private func drawStepLabels(on canvas: inout SVGCanvas, _ scale: DrawingScale, y: Double) {
    var free = scale.left
    for step in chosen {
      let (start, end) = (scale.x(step.interval.start), scale.x(step.interval.end))
      let long = "step \(step.step): \(step.interval.length.milliseconds) ms"
      let label = [long, "step \(step.step)", "\(step.step)"].first {
        SVGCanvas.width(of: $0) + 8 < end - start
      }
      guard let label, start >= free else { continue }
      canvas.text(label, x: (start + end) / 2, y: y, anchor: "middle")
      free = start + SVGCanvas.width(of: label)
    }
  }

  private func draw(
    _ group: DrawingGroup, on canvas: inout SVGCanvas, _ scale: DrawingScale, y: Double
  ) -> Double {
    let width = scale.left - 2 * Size.margin
    var y = y + Size.heading
    canvas.text(group.name, x: Size.margin, y: y - 6, fitting: width, style: "strong")
    for row in group.rows {
      canvas.text(row.name, x: Size.margin + 12, y: y + 13, fitting: width - 12)
      draw(row, on: &canvas, scale, y: y)
      y += Double(row.laneCount) * (Size.lane + 1) + Size.gap
    }
    if let overlap = group.overlap {
      for (set, colour, name) in [
        (overlap.hidden, SVGCanvas.hiddenColour, "hidden"),
        (overlap.exposed, SVGCanvas.exposedColour, "exposed"),
      ] {
        var end = -1.0
        for part in set.clipped(to: window) {
          let (x, width) = scale.extent(part)
          guard x + width > end + 0.3 else { continue }
          end = x + width
          canvas.rectangle(
            x: x, y: y, width: width, height: Size.strip, colour: colour,
            tip: "\(name) communication: \(part.length.milliseconds) ms")
        }
      }
      y += Size.strip + Size.gap
    }
    return y
  }

  private func draw(
    _ row: DrawingRow, on canvas: inout SVGCanvas, _ scale: DrawingScale, y: Double
  ) {
    // Spans too narrow to be seen beside the one before, of the same kind, are left out: a picture of many steps
    // stays small.
    var ends: [Activity: Double] = [:]
    for (span, lane) in row.spans {
      let y = y + Double(lane) * (Size.lane + 1)
      let (x, width) = scale.extent(span.interval)
      if width < 1, lane == 0, let end = ends[span.activity], x + width < end + 0.3 { continue }
      ends[span.activity] = max(ends[span.activity] ?? 0, x + width)
      if span.start == span.end {
        canvas.diamond(x: x, y: y + Size.lane / 2, colour: span.activity.colour, tip: span.tip)
        continue
      }
      canvas.rectangle(
        x: x, y: y, width: width, height: Size.lane, colour: span.activity.colour, tip: span.tip)
      if SVGCanvas.width(of: span.name) + 6 < width {
        canvas.text(
          span.name, x: x + width / 2, y: y + 13, anchor: "middle", style: "inside")
      }
    }
  }

  /// Draws the borders of the steps and the axis below the rows, in milliseconds from the first step's beginning.
  private func drawTimes(
    on canvas: inout SVGCanvas, _ scale: DrawingScale, top: Double, bottom: Double
  ) {
    let borders = chosen.flatMap { [$0.interval.start, $0.interval.end] }
    for border in Set(borders.map(scale.x)).sorted() {
      canvas.line(x1: border, y1: top, x2: border, y2: bottom, style: "border")
    }
    canvas.line(x1: scale.left, y1: bottom, x2: scale.right, y2: bottom, style: "axis")
    let distance = scale.tickDistance
    var free = scale.left - 40
    for tick in 0...20 {
      let seconds = Double(tick) * distance
      let x = scale.x(window.start + seconds)
      guard x <= scale.right + 0.5 else { break }
      canvas.line(x1: x, y1: bottom, x2: x, y2: bottom + 5, style: "axis")
      let label = (seconds * 1e3).plain
      let half = SVGCanvas.width(of: label) / 2
      guard x - half > free, x + half < scale.right - 30 else { continue }
      canvas.text(label, x: x, y: bottom + 18, anchor: "middle")
      free = x + half + 4
    }
    canvas.text("ms", x: scale.right, y: bottom + 18, anchor: "end")
  }
}

extension Span {
  /// What shows where the pointer rests.
  fileprivate var tip: String {
    var lines = ["\(activity.rawValue) \(name)"]
    if start < end { lines.append("\((end - start).milliseconds) ms") }
    if step != Span.noStep { lines.append("step \(step)") }
    lines += notes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return lines.joined(separator: "\n")
  }
}
