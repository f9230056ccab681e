import Foundation
import Testing

@Suite struct BadInputTests {
  /// Requests that cannot be met, and what the one sentence about each must name.
  private static let requests: [([String], [String])] = [
    (["--data", "/nonexistent"], ["/nonexistent"]),
    (["--batch", "100", "--grain", "16"], ["100", "16", "96"]),
    (["--devices", "99"], ["device 99", "chorus devices"]),
    (["--devices", "fastest"], ["fastest", "all, every, gpu, cpu"]),
    (["--devices", "0/0"], ["0/0"]),
    (["--devices", "0/99"], ["99 equal parts"]),
    (["--learning-rate", "-1"], ["--learning-rate", "-1"]),
    (["--learning-rate", "nan"], ["--learning-rate nan", "finite number"]),
    (["--learning-rate", "fast"], ["--learning-rate", "fast"]),
    (["--batch", "0"], ["--batch 0", "at least 1"]),
    (["--seed", "-1"], ["--seed -1", "at least 0"]),
    (["--steps", "0"], ["--steps 0"]),
    (["--epochs", "1", "--steps", "1"], ["--epochs", "--steps"]),
    (["--split", "1:x"], ["--split 1:x"]),
    (["--split", "1:2:3", "--devices", "0,0"], ["--split", "3 shares", "2"]),
    (["--model", "vgg"], ["vgg", "lenet"]),
    (["vgg"], ["vgg", "lenet", ".toml"]),
    (["lenet", "--model", "mlp"], ["lenet", "--model mlp", "one of them"]),
    (["/nonexistent/a.toml"], ["/nonexistent/a.toml", "no such file"]),
    (["--set", "optimizer.momentun=0.5"], ["optimizer.momentun", "did you mean momentum?"]),
    (["--set", "training.grain=fast"], ["--set training.grain=fast", "an integer", "\"fast\""]),
    (["--set", "training.grain"], ["--set training.grain", "key.path=value"]),
    (["--set", "loss.name=huber"], ["loss.name", "cross_entropy"]),
    (["--set", "schedule.warmup_steps=9999"], ["schedule.warmup_steps", "9999", "189 steps"]),
    (["gpt"], ["--data"]),
    (["--out", "/proc/none/run"], ["/proc/none/run"]),
    (["--out", "/etc/hostname"], ["/etc/hostname is a file"]),
    (["--speed", "9"], ["--speed"]),
  ]

  @Test(
    "a request that cannot be met: one sentence that names it, status 2, no file",
    arguments: requests)
  func refused(_ arguments: [String], _ names: [String]) throws {
    let scratch = try Scratch()
    let out = arguments.contains("--out") ? [] : ["--out", scratch.file("run")]
    let run = try Program(list: ["train"] + arguments + out)
    #expect(run.status == 2, "\(run.errors)")
    for name in names { #expect(run.errors.contains(name), "\(run.errors)") }
    #expect(scratch.contents.isEmpty)
  }

  @Test("a loss that is not finite: status 1, the rate and the remedy, no file")
  func diverges() throws {
    let scratch = try Scratch()
    let run = try Program(
      "train", "--model", "mlp", "--learning-rate", "1e30", "--steps", "9", "--out",
      scratch.file("a/run"))
    #expect(run.status == 1)
    #expect(run.errors.contains("diverged") && run.errors.contains("smaller --learning-rate"))
    #expect(scratch.contents.isEmpty)
  }

  @Test("a file that cannot be written whole is not written at all, and the one before it stays")
  func fullDisk() throws {
    let scratch = try Scratch()
    let folder = scratch.file("run")
    // One device by name, so that the second run finds its kernels built: drivers write caches of their own.
    let arguments = ["train", "--model", "mlp", "--steps", "1", "--devices", "0", "--out", folder]
    #expect(try Program(list: arguments).status == 0)
    let before = try Data(contentsOf: URL(fileURLWithPath: folder + "/model.safetensors"))
    // A limit of 100 blocks on the size of a file fails the write as a full disk does.
    let run = try Program(list: arguments + ["--seed", "2"], shell: "ulimit -f 100")
    #expect(run.status == 1)
    #expect(run.errors.contains("model.safetensors cannot be written"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/model.safetensors")) == before)
    #expect(
      scratch.contents == [
        "run", "run/model.safetensors", "run/recipe.toml", "run/run.json", "run/summary.json",
      ])
  }

  @Test("Ctrl-C saves what was trained, says so and exits with 130")
  func interrupt() throws {
    let scratch = try Scratch()
    let run = try Program(
      "train", "--model", "mlp", "--epochs", "10000", "--json", "--out", scratch.file("run"),
      interruptAfter: "\"step\":3}")
    #expect(run.status == 130)
    #expect(run.errors.contains("interrupted after"))
    let summary = try Data(contentsOf: URL(fileURLWithPath: scratch.file("run/summary.json")))
    let fields = try #require(JSONSerialization.jsonObject(with: summary) as? [String: Any])
    #expect(fields["interrupted"] as? Bool == true)
    #expect(try (#require(fields["lossCurve"] as? [Double])).count >= 3)
    #expect(scratch.contents.contains("run/model.safetensors"))
  }

  @Test(
    "no driver: a sentence that says what to install, never a crash",
    arguments: ["devices", "train"])
  func noDriver(_ command: String) throws {
    let scratch = try Scratch()
    let run = try Program(command, environment: ["OCL_ICD_VENDORS": scratch.path + "/"])
    #expect(run.status != 0)
    #expect(run.errors.contains("apt install pocl-opencl-icd"), "\(run.errors)")
    // A driver whose library is missing is as good as none.
    try Data("/nonexistent/libdriver.so\n".utf8).write(
      to: URL(fileURLWithPath: scratch.file("broken.icd")))
    let broken = try Program(command, environment: ["OCL_ICD_VENDORS": scratch.path + "/"])
    #expect(broken.status != 0)
    #expect(broken.errors.contains("apt install pocl-opencl-icd"), "\(broken.errors)")
  }
}
