import Foundation
import Testing

/// `chorus sample` and `chorus summary`.
@Suite struct SampleTests {
  @Test("a trained language model continues a text, the same on every device")
  func sample() throws {
    let scratch = try Scratch()
    let line = "the quick brown fox jumps over the lazy dog\n"
    try Data(String(repeating: line, count: 30).utf8)
      .write(to: URL(fileURLWithPath: scratch.file("text")))
    let trained = try Program(
      "train", "gpt", "--data", scratch.file("text"), "--steps", "3", "--batch", "4", "--grain",
      "2",
      "--set", "model.layers=1", "--set", "model.width=16", "--set", "model.context=8", "--set",
      "schedule.warmup_steps=1", "--devices", "0", "--out", scratch.file("run"))
    #expect(trained.status == 0, "\(trained.errors)")
    let options = ["--prompt", "the q", "--tokens", "20", "--seed", "3"]
    let first = try Program(list: ["sample", scratch.file("run")] + options)
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.hasPrefix("the q"))
    // The prompt, twenty characters of the text, and a line end.
    #expect(first.output.count == 26)
    #expect(Set(first.output).isSubset(of: Set(line)))
    let other = try Program(list: ["sample", scratch.file("run"), "--device", "1"] + options)
    if other.status == 0 { #expect(other.output == first.output) }

    let foreign = try Program("sample", scratch.file("run"), "--prompt", "Ω")
    #expect(foreign.status == 2 && foreign.errors.contains("Ω"), "\(foreign.errors)")
    let nowhere = try Program("sample", scratch.file("nowhere"))
    #expect(nowhere.status == 2 && nowhere.errors.contains("summary.json"), "\(nowhere.errors)")
  }

  @Test(
    "every built-in recipe's network has a table that ends with its parameters",
    arguments: [
      ("perceptron", "669,706"), ("lenet", "1,701,130"), ("resnet18", "11,173,962"),
      ("resnet50", "25,557,032"), ("gpt", "818,048"), ("gpt2-124m", "124,439,808"),
    ])
  func summary(_ recipe: String, _ parameters: String) throws {
    let run = try Program("summary", recipe)
    #expect(run.status == 0, "\(run.errors)")
    let total = run.output.split(separator: "\n").last { $0.hasPrefix("total") }
    #expect(total?.contains(parameters) == true, "\(run.output.suffix(300))")
  }
}
