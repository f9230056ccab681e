import Chorus
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct TrainerTests {
  /// A linear classifier of 28 x 28 images: quick to build.
  private func classifier() throws -> Graph {
    try Model(input: [28, 28, 1]) {
      Flatten()
      Linear(10).named("only")
    }.graph()
  }

  private func trainer(
    _ source: any ExampleSource, graph: Graph? = nil, rate: Double = 0.05
  ) throws -> Trainer {
    let configuration = try TrainerConfiguration(
      graph: graph ?? classifier(), batch: 32, grain: 8, steps: 60, seed: 1,
      optimizer: OptimizerSettings(.sgd(), rate: rate))
    return try Trainer(
      configuration, source: source,
      participants: [Participant(device: try testDevices()[0].device, name: "0")])
  }

  @Test("training lowers the loss, and the held-out accuracy beats chance by far")
  func learns() throws {
    let data = DrawnDigits.make(seed: 1, trainingCount: 640, heldOutCount: 200)
    let trainer = try trainer(data.training)
    let before = try trainer.evaluate(data.heldOut)
    for _ in 0..<60 { try trainer.step() }
    let after = try trainer.evaluate(data.heldOut)
    #expect(after.loss < 0.6 * before.loss)
    #expect(after.accuracy > 0.6)
    #expect(trainer.stepCount == 60)
  }

  /// Pixels far outside the range of images, from some example on.
  private struct Scaled: ExampleSource {
    let base: LabelledImages
    let factor: @Sendable (Int) -> Float
    var count: Int { base.count }
    var exampleShape: Shape { base.exampleShape }
    var classCount: Int { base.classCount }

    func gather(
      _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
      targets: UnsafeMutableRawBufferPointer
    ) {
      base.gather(indices, examples: examples, targets: targets)
      let (images, size) = (examples.assumingMemoryBound(to: Float.self), exampleShape.count)
      for (row, index) in indices.enumerated() {
        for pixel in 0..<size { images[row * size + pixel] *= factor(index) }
      }
    }
  }

  @Test("a caller who takes longer between two steps than any device may costs no device")
  func pause() throws {
    let data = DrawnDigits.make(seed: 1, trainingCount: 64, heldOutCount: 1).training
    var configuration = try TrainerConfiguration(
      graph: classifier(), batch: 32, grain: 8, steps: 60, seed: 1,
      optimizer: OptimizerSettings(.sgd(), rate: 0.05))
    // What the devices do behind a step is known and quick, so its time is soon over.
    configuration.patience = Patience(least: 2, factor: 1)
    let lost = Mutex(0)
    let trainer = try Trainer(
      configuration, source: data,
      participants: [Participant(device: try testDevices()[0].device, name: "0")]
    ) { notice in
      if case .lost = notice { lost.withLock { $0 += 1 } }
    }
    for _ in 0..<4 { try trainer.step() }
    Thread.sleep(forTimeInterval: 3)
    try trainer.step()
    #expect(trainer.stepCount == 5)
    #expect(lost.withLock { $0 } == 0)
  }

  @Test("a gradient that outgrows its scale is computed again with a wider one, not clipped")
  func widerScale() throws {
    let data = DrawnDigits.make(seed: 1, trainingCount: 32, heldOutCount: 1).training
    // From one step to the next, gradients grow by more than the 2^10 that the scale leaves free.
    let quiet = Scaled(base: data) { _ in 0x1p-14 }
    let loud = Scaled(base: data) { $0 < 31 ? 0x1p-14 : 0x1p6 }
    let trainers = try [trainer(quiet, rate: 1e-6), trainer(loud, rate: 1e-6)]
    for trainer in trainers { try trainer.step() }
    let largest = trainers.map { trainer in
      trainer.meanGradient(0, examples: 32).map(abs).max() ?? 0
    }
    #expect(largest[1] > 0x1p10 * largest[0])
    for trainer in trainers { try trainer.step() }
    let again = trainers[1].meanGradient(0, examples: 32).map(abs).max() ?? 0
    #expect(abs(again - largest[1]) < 1e-3 * largest[1])
  }

  @Test("a loss that is not finite ends the run and names the step, the rate and the remedy")
  func diverges() throws {
    let data = DrawnDigits.make(seed: 1, trainingCount: 64, heldOutCount: 1).training
    let model = Model.perceptron(classes: 10, widths: [10, 10])
    let trainer = try trainer(data, graph: model.graph(), rate: 1e30)
    let error = #expect(throws: TrainingError.self) {
      for _ in 0..<10 { try trainer.step() }
    }
    #expect(error.map { "\($0)" }?.contains("--learning-rate") == true)
    // What was committed is still there, on all replicas.
    #expect(trainer.weights().values.count == 6)
  }

  @Test("a batch that is not a multiple of the grain is refused with a batch that would do")
  func batchAndGrain() throws {
    let error = #expect(throws: TrainingError.self) {
      try TrainerConfiguration(
        graph: try classifier(), batch: 100, grain: 16, steps: 1, seed: 1,
        optimizer: OptimizerSettings(.sgd(), rate: 0.1))
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("100") && text.contains("16") && text.contains("96"))
  }

  @Test("no device, another image size and a wrong number of shares are refused")
  func refusals() throws {
    let data = DrawnDigits.make(seed: 1, trainingCount: 8, heldOutCount: 1).training
    var configuration = try TrainerConfiguration(
      graph: classifier(), batch: 8, grain: 8, steps: 1, seed: 1,
      optimizer: OptimizerSettings(.sgd(), rate: 0.1))
    #expect(throws: TrainingError.self) {
      try Trainer(configuration, source: data, participants: [])
    }
    let participant = Participant(device: try testDevices()[0].device, name: "0")
    let small = try LabelledImages(
      height: 2, width: 2, channels: 1, classCount: 10, pixels: [0, 0, 0, 0], labels: [0])
    #expect(throws: TrainingError.self) {
      try Trainer(configuration, source: small, participants: [participant])
    }
    configuration.split = .fixed([1, 2])
    #expect(throws: TrainingError.self) {
      try Trainer(configuration, source: data, participants: [participant])
    }
  }
}
