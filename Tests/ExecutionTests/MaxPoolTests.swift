import ComputeGraph
import Execution
import TestSupport
import Testing

@Suite("Max pooling")
struct MaxPoolTests {
  /// A filter of one tap of weight 1 hands the examples on, so that the pooling has a gradient to give.
  private static func record(
    _ device: TestDevice, window: Int, stride: Int, height: Int, width: Int, values: [Float]
  ) throws -> (pooled: [Float], dx: [Float], dy: [Float], reference: any ReferenceOperation) {
    var graph = Graph(input: [height, width, 1])
    try graph.append(.convolution(outputs: 1, kernel: 1, padding: 0))
    try graph.append(.maxPool(window: window, stride: stride))
    try graph.append(.flatten)
    try graph.append(.linear(outputs: 3))
    try graph.append(.crossEntropy)
    var weights = graph.initialWeights(seed: 23)
    (weights[0], weights[1]) = ([1], [0])
    let count = values.count / (height * width)
    let source = MemoryExamples(
      shape: [height, width, 1], classCount: 3, values: values,
      labels: (0..<count).map { Int32($0 % 3) })
    var setting = RunSetting()
    setting.capacity = (count + 3) / 4 * 4
    let recording = try device.record(graph, weights: weights, source: source, setting: setting)
    let roles = TensorRoles(recording.plan)
    return (
      recording.tensors[try #require(roles.outputs[2])],
      recording.tensors[try #require(roles.gradients[1])],
      recording.tensors[try #require(roles.gradients[3])],
      ReferenceNetwork(graph, weights: weights).operation(2, [])
    )
  }

  @Test(
    "of equal maxima the first has the gradient", arguments: try testDevices(),
    [(2, 2), (3, 2), (2, 1), (3, 3), (1, 2)])
  func ties(_ device: TestDevice, sizes: (window: Int, stride: Int)) throws {
    // Three values only, so that most windows have ties.
    let values = randomWords(6 * 7 * 5, seed: 24).map { Float($0 % 3) - 1 }
    let (pooled, dx, dy, reference) = try Self.record(
      device, window: sizes.window, stride: sizes.stride, height: 7, width: 5, values: values)
    let x = values.map(Double.init)
    expectClose(pooled, reference.forward(x), relative: 0, "pooled")
    expectClose(
      dx, reference.backward(x, dy: dy.map(Double.init)).dx,
      relative: sizes.window > sizes.stride ? 1e-6 : 0, "dx")
  }

  @Test("a NaN is the maximum, and has the gradient", arguments: try testDevices())
  func notANumber(_ device: TestDevice) throws {
    let values: [Float] = [
      1, .nan, 2, 3,
      4, 5, .nan, .nan,
      -.infinity, 7, 8, 9,
      -1, -2, .infinity, 6,
    ]
    let (pooled, dx, _, reference) = try Self.record(
      device, window: 2, stride: 2, height: 4, width: 4, values: values)
    expectClose(pooled, reference.forward(values.map(Double.init)), relative: 0, "pooled")
    #expect(pooled.map(\.isNaN) == [true, true, false, false])
    // Everything behind is NaN: the gradient's places are those where dx is not zero.
    #expect(dx.indices.filter { dx[$0] != 0 } == [1, 7, 9, 14])
  }
}
