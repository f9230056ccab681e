import ComputeGraph
import Execution
import TestSupport
import Testing

@Suite("Max pooling")
struct MaxPoolTests {
  /// What a pooling does to an image of one channel, and its reference.
  private struct Result {
    let pooled: [Float], dx: [Float], dy: [Float]
    let reference: any ReferenceOperation
  }

  /// A filter of one tap of weight 1 hands the examples on, so that the pooling has a gradient to give.
  private static func record(
    _ device: TestDevice, _ pool: MaxPool, height: Int, width: Int, values: [Float]
  ) throws -> Result {
    var graph = Graph(input: [height, width, 1])
    try graph.append(Convolution(outputs: 1, kernel: 1))
    try graph.append(pool)
    try graph.append(Reshape.flatten)
    try graph.append(Linear(outputs: 3))
    try graph.append(CrossEntropy())
    var weights = graph.initialWeights(seed: 23)
    (weights[0], weights[1]) = ([1], [0])
    let count = values.count / (height * width)
    let source = MemoryExamples(
      shape: [height, width, 1], classCount: 3, values: values,
      labels: (0..<count).map { Int32($0 % 3) })
    var setting = RunSetting()
    setting.capacity = (count + 3) / 4 * 4
    let recording = try device.record(graph, weights: weights, source: source, setting: setting)
    return Result(
      pooled: try #require(recording.output(2)), dx: try #require(recording.gradient(1)),
      dy: try #require(recording.gradient(2)),
      reference: ReferenceNetwork(graph, weights: weights, grain: 4).operation(2, targets: []))
  }

  @Test(
    "of equal maxima the first has the gradient", arguments: try testDevices(),
    [
      MaxPool(window: 2), MaxPool(window: 3, stride: 2), MaxPool(window: 2, stride: 1),
      MaxPool(window: 3), MaxPool(window: 1, stride: 2), MaxPool(window: 3, stride: 2, padding: 1),
    ])
  func ties(_ device: TestDevice, _ pool: MaxPool) throws {
    // Three values only, so that most windows have ties.
    let values = randomWords(6 * 7 * 5, seed: 24).map { Float($0 % 3) - 1 }
    let result = try Self.record(device, pool, height: 7, width: 5, values: values)
    let x = values.map(Double.init)
    expectClose(result.pooled, result.reference.forward([x]), relative: 0, "pooled")
    expectClose(
      result.dx, result.reference.backward([x], dy: result.dy.map(Double.init)).dinputs[0],
      relative: pool.window > pool.stride ? 1e-6 : 0, "dx")
  }

  @Test("a NaN is the maximum, and has the gradient", arguments: try testDevices())
  func notANumber(_ device: TestDevice) throws {
    let values: [Float] = [
      1, .nan, 2, 3,
      4, 5, .nan, .nan,
      -.infinity, 7, 8, 9,
      -1, -2, .infinity, 6,
    ]
    let result = try Self.record(
      device, MaxPool(window: 2), height: 4, width: 4, values: values)
    expectClose(
      result.pooled, result.reference.forward([values.map(Double.init)]), relative: 0, "pooled")
    #expect(result.pooled.map(\.isNaN) == [true, true, false, false])
    // Everything behind is NaN: the gradient's places are those where dx is not zero.
    #expect(result.dx.indices.filter { result.dx[$0] != 0 } == [1, 7, 9, 14])
  }
}
