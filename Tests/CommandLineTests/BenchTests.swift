import Foundation
import Testing

/// `chorus bench`.
@Suite struct BenchTests {
  /// Runs a benchmark twice, the second time compared with the first; its report.
  private func twice(_ arguments: String...) throws -> (first: [String: Any], second: [String: Any])
  {
    let scratch = try Scratch()
    let (first, second) = (scratch.file("first.json"), scratch.file("second.json"))
    let run = try Program(list: ["bench"] + arguments + ["--out", first])
    #expect(run.status == 0, "\(run.errors)")
    let again = try Program(list: ["bench"] + arguments + ["--compare", first, "--out", second])
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output.contains("compared with \(first)"), "\(again.output)")
    return (try report(first), try report(second))
  }

  private func report(_ file: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: file))
    return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// Each row's figures are those of the two reports, and its ratio is theirs.
  private func check(
    _ comparison: Any?, _ earlier: [Double], _ now: [Double], times: Set<Int> = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let comparison = try #require(comparison as? [String: Any], sourceLocation: sourceLocation)
    let rows = try #require(comparison["rows"] as? [[String: Any]])
    #expect(rows.count == now.count, sourceLocation: sourceLocation)
    #expect((comparison["onlyNow"] as? [String])?.isEmpty == true)
    #expect((comparison["onlyEarlier"] as? [String])?.isEmpty == true)
    #expect((comparison["differences"] as? [String])?.isEmpty == true)
    for (index, row) in rows.enumerated() where index < now.count {
      #expect(row["earlier"] as? Double == earlier[index], sourceLocation: sourceLocation)
      #expect(row["now"] as? Double == now[index], sourceLocation: sourceLocation)
      guard earlier[index] > 0, now[index] > 0 else { continue }
      let ratio = now[index] / earlier[index]
      let expected = times.contains(index) ? 1 / ratio : ratio
      let given = try #require(row["ratio"] as? Double, sourceLocation: sourceLocation)
      #expect(abs(given - expected) < 1e-9 * expected, sourceLocation: sourceLocation)
    }
  }

  private func medians(_ figures: Any?) throws -> [Double] {
    try #require(figures as? [[String: Any]]).map { try #require($0["median"] as? Double) }
  }

  @Test("a device is measured and compared with its earlier figures")
  func device() throws {
    let (first, second) = try twice(
      "device", "--devices", "0", "--size", "40", "--rounds", "1")
    let results = try [first, second].map {
      try #require(($0["results"] as? [[String: Any]])?.first)
    }
    let figures = try #require(results[1]["figures"] as? [[String: Any]])
    let times = Set(figures.indices.filter { figures[$0]["unit"] as? String == "us" })
    #expect(!times.isEmpty && times.count < figures.count)
    try check(
      second["comparison"], medians(results[0]["figures"]), medians(results[1]["figures"]),
      times: times)
  }

  @Test("a device whose downloads are wrong is not timed")
  func wrongDevice() throws {
    let layer = try Program.program().deletingLastPathComponent().appendingPathComponent(
      "libFaultLayer.so")
    let run = try Program(
      list: ["bench", "device", "--devices", "0", "--size", "40", "--rounds", "1"],
      environment: ["OPENCL_LAYERS": layer.path, "CHORUS_FAULT": "bits 1 -1 sticky"])
    #expect(run.status == 1)
    #expect(run.errors.contains("gives a wrong result"), "\(run.errors)")
    #expect(run.errors.contains("nothing was timed"), "\(run.errors)")
    #expect(run.output.isEmpty, "\(run.output)")
  }

  @Test("training is measured with its share of the peak, and compared with its earlier figures")
  func train() throws {
    let (first, second) = try twice(
      "train", "--recipes", "mlp", "--devices", "0,0", "--rounds", "2", "--seconds", "0.05")
    let results = try [first, second].map {
      try #require(($0["results"] as? [[String: Any]])?.first)
    }
    let (result, earlier) = (results[1], results[0])
    // Two for a multiplication; the first layer's input needs no gradient.
    let operations = 2 * (784 * 512 * 2 + 512 * 512 * 3 + 512 * 10 * 3)
    #expect(result["operationsPerExample"] as? Int == operations)
    #expect(result["weightsSHA256"] as? String == earlier["weightsSHA256"] as? String)
    let figures = try #require(result["figures"] as? [[String: Any]])
    #expect(figures.compactMap { $0["placement"] as? String }.last == "0 + 0#2")
    // One device is measured once, so shares are in proportion to speeds, alone and with itself.
    let peaks = try figures.map {
      try #require($0["median"] as? Double) / #require($0["shareOfPeak"] as? Double)
    }
    #expect(peaks.count == 3 && peaks.allSatisfy { abs($0 - peaks[0]) < 1e-9 * peaks[0] })
    try check(
      second["comparison"], medians(earlier["figures"]), medians(result["figures"]))
  }

  @Test("placements that are there one after another give the same weights, and all figures")
  func oneByOne() throws {
    let scratch = try Scratch()
    let reports = try [["--one-by-one"], []].map { options in
      let run = try Program(
        list: [
          "bench", "train", "mlp", "--devices", "0,0", "--rounds", "1", "--seconds", "0.05",
          "--out",
          scratch.file("figures.json"),
        ] + options)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("one placement after another") == !options.isEmpty)
      let results = try report(scratch.file("figures.json"))["results"] as? [[String: Any]]
      return try #require(results?.first)
    }
    #expect(reports.map { $0["takesTurns"] as? Bool } == [false, true])
    #expect(Set(reports.compactMap { $0["weightsSHA256"] as? String }).count == 1)
    #expect(try medians(reports[0]["figures"]).allSatisfy { $0 > 0 })
    #expect(try medians(reports[0]["figures"]).count == 3)
    #expect(try #require(reports[0]["efficiency"] as? Double) > 0)
  }

  @Test("the reducer is compared with its earlier figures")
  func reduce() throws {
    let (first, second) = try twice("reduce", "--count", "20000", "--rounds", "1")
    let figures = try [first, second].map {
      try medians(try #require($0["results"] as? [String: Any])["figures"])
    }
    try check(second["comparison"], figures[0], figures[1])
  }

  @Test("a recipe that would take too long is skipped, and says so")
  func tooLong() throws {
    let run = try Program(
      "bench", "train", "mlp", "--devices", "0", "--rounds", "1", "--minutes", "0.0000001")
    #expect(run.status == 1)
    #expect(run.errors.contains("perceptron: skipped, as it would take 1 minutes or more"))
    #expect(run.errors.contains("nothing was measured"), "\(run.errors)")
  }

  @Test("what cannot be compared is refused before anything is measured")
  func badComparison() throws {
    let scratch = try Scratch()
    try Data("{}".utf8).write(to: URL(fileURLWithPath: scratch.file("empty.json")))
    for (file, words) in [("empty.json", "no report of this benchmark"), ("none.json", "none")] {
      for kind in ["device", "train", "reduce"] {
        let run = try Program("bench", kind, "--compare", scratch.file(file))
        #expect(run.status == 2)
        #expect(run.errors.contains("--compare \(scratch.file(file))"), "\(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
      }
    }
  }

  @Test(
    "a profile names every launch of a step, with what it did and how near it came to its limit")
  func profile() throws {
    let scratch = try Scratch()
    let run = try Program(
      "bench", "train", "mlp", "--profile", "--devices", "0", "--seconds", "0.2", "--out",
      scratch.file("profile.json"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("linear_backward_weight, linear1.weight"), "\(run.output)")
    let report = try #require(
      JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: scratch.file("profile.json"))))
        as? [String: Any])
    let result = try #require((report["results"] as? [[String: Any]])?.first)
    let launches = try #require(result["launches"] as? [[String: Any]])
    let peak = try #require(result["peakGigaflopsPerSecond"] as? Double)
    #expect(peak > 0)
    // 784 x 512 weights for 256 examples, once a step: an fma is two operations.
    let first = try #require(
      launches.first {
        $0["kernel"] as? String == "linear_backward_weight"
          && $0["operand"] as? String == "linear1.weight"
      })
    let gigaflops = try #require(first["gigaflopsPerSecond"] as? Double)
    let milliseconds = try #require(first["millisecondsPerStep"] as? Double)
    let calls = try #require(first["callsPerStep"] as? Double)
    let operations = 2.0 * 784 * 512 * 256
    #expect(abs(gigaflops * 1e6 * milliseconds - operations * calls) < 1e-6 * operations)
    let shares = launches.compactMap { $0["share"] as? Double }
    #expect(shares.count == launches.count && abs(shares.reduce(0, +) - 1) < 1e-9)
  }
}
