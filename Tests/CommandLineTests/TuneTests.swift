import Foundation
import TestSupport
import Testing

/// `chorus tune`.
@Suite struct TuneTests {
  private static let sizes = ["model.widths=[48,40]", "training.batch=32", "training.grain=8"]
    .flatMap { ["--set", $0] }

  private func hash(_ environment: [String: String], _ options: String...) throws -> String? {
    let scratch = try Scratch()
    let run = try Program(
      list: ["train", "perceptron", "--json", "--steps", "3", "--devices", "0"] + options
        + ["--out", scratch.file("run")] + Self.sizes, environment: environment)
    #expect(run.status == 0, "\(run.errors)")
    return try run.events.last?["weights_sha256"] as? String
  }

  @Test("what is tuned is shown, used by training and its processes, and changes no weight")
  func tune() throws {
    let scratch = try Scratch()
    let environment = ["CHORUS_CACHE": scratch.path]
    let nothing = try Program("tune", "--show", "--devices", "0", environment: environment)
    #expect(nothing.status == 0 && nothing.output.contains("nothing is tuned"))
    let expected = try hash(environment)
    #expect(expected?.count == 64)

    let tuned = try Program(
      list: ["tune", "perceptron", "--devices", "0", "--budget", "1"] + Self.sizes,
      environment: environment)
    #expect(tuned.status == 0, "\(tuned.errors)")
    #expect(tuned.output.contains("linear_backward_weight, linear1.weight; waves of 32"))
    #expect(tuned.output.contains("saved: \(scratch.path)/tiles/"))
    let shown = try Program("tune", "--show", environment: environment)
    #expect(shown.status == 0, "\(shown.errors)")
    #expect(shown.output.contains("linear_backward_weight, linear1.weight; waves of 32"))
    let json = try Program("tune", "--show", "--json", environment: environment)
    let tables = try #require(json.events.first?["tables"] as? [[String: Any]])
    #expect(tables.count == 1 && tables[0]["device"] as? String == "0", "\(json.output)")
    #expect(try hash(environment) == expected)
    #expect(try hash(environment, "--isolate") == expected)

    let file = try #require(scratch.contents.first { $0.hasPrefix("tiles/") })
    try Data("not JSON".utf8).write(to: URL(fileURLWithPath: scratch.file(file)))
    #expect(try hash(environment) == expected)
    let damaged = try Program("tune", "--show", "--devices", "0", environment: environment)
    #expect(damaged.status == 0 && damaged.output.contains("nothing is tuned"))
  }

  @Test("options that cannot be met say what to do")
  func mistakes() throws {
    for (arguments, words) in [
      (["--budget", "0"], "--budget 0.0 must be a positive number"),
      (["lenet", "--show"], "leave recipes"), (["--devices", "none"], "--devices none"),
      (["no-such-recipe"], "those built in are"), (["--devices", "99"], "chorus devices"),
    ] {
      let run = try Program(list: ["tune"] + arguments)
      #expect(run.status == 2 && run.errors.contains(words), "\(arguments): \(run.errors)")
    }
  }
}
