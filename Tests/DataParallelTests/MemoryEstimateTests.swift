import Chorus
import TestSupport
import Testing

@Suite("Memory estimate")
struct MemoryEstimateTests {
  private static func configuration(_ optimizer: Optimizer) throws -> TrainerConfiguration {
    let model = Model(input: [1000]) {
      Linear(1000)
      ReLU()
      Linear(10)
    }
    return try TrainerConfiguration(
      graph: model.graph(), batch: 64, grain: 8, steps: 10, seed: 1,
      optimizer: OptimizerSettings(optimizer, rate: 0.1))
  }

  @Test("a state of an optimizer is a float a parameter more on the device, two on the host")
  func states() throws {
    let device = try #require(try testDevices().first).device
    let parameters = 1000 * 1000 + 1000 + 1000 * 10 + 10
    let plain = try MemoryEstimate(try Self.configuration(.sgd(momentum: 0)), on: device)
    let adam = try MemoryEstimate(try Self.configuration(.adam()), on: device)
    let more = Optimizer.adam().stateCount - Optimizer.sgd(momentum: 0).stateCount
    #expect(more > 0)
    #expect(adam.deviceByteCount - plain.deviceByteCount == more * 4 * parameters)
    #expect(adam.hostByteCount - plain.hostByteCount == more * 8 * parameters)
    // Weights, gradients and sums at least, and activations of a wave on top.
    #expect(plain.deviceByteCount > 16 * parameters)
    #expect(plain.deviceByteCount < 32 * parameters)
  }

  @Test("more grains in a wave take more memory, up to those of the batch")
  func waves() throws {
    let device = try #require(try testDevices().first).device
    var configuration = try Self.configuration(.sgd())
    let sizes = try [1, 2, 8, 100].map { grains in
      configuration.waveGrains = grains
      return try MemoryEstimate(configuration, on: device).deviceByteCount
    }
    #expect(sizes[0] < sizes[1] && sizes[1] < sizes[2])
    #expect(sizes[2] == sizes[3])
  }
}
