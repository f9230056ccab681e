import ComputeGraph
import TestSupport
import Testing

// The reference is proved by itself: its gradients are the slopes of its outputs.
@Suite("Finite differences")
struct FiniteDifferenceTests {
  @Test("the gradients of each operation are its slopes", arguments: OperationCase.all)
  func operation(_ test: OperationCase) throws {
    try expectGradientsMatchFiniteDifferences(test)
  }

  @Test("every operation has a case, and every name is used once")
  func complete() throws {
    let names = OperationCase.all.map(\.name)
    #expect(Set(names).count == names.count)
    let found = Set(OperationCase.all.map { "\(type(of: $0.operation))" })
    let expected: Set = [
      "Linear", "Convolution", "MaxPool", "AveragePool", "GlobalAveragePool", "BatchNormalization",
      "LayerNormalization", "RMSNormalization", "GroupNormalization", "Activation", "Softmax",
      "Dropout", "Embedding", "Positions", "RotaryPositions", "Attention", "Add", "Concatenate",
      "Slice", "Reshape", "Transpose", "Reduce", "MatrixProduct", "CrossEntropy",
      "MeanSquaredError", "Huber", "BinaryCrossEntropy",
    ]
    #expect(found == expected)
  }

  @Test("a gradient that is wrong in one element by a thousandth is found")
  func wrongGradient() {
    let x = (0..<50).map { Double($0 % 7) - 3 }
    var gradient = x.map { 3 * $0 * $0 }
    func cubes(_ x: [[Double]]) -> Double { x[0].reduce(0) { $0 + $1 * $1 * $1 } }
    let checker = FiniteDifferences()
    checker.check([.init("x", x, gradient: gradient)], "cubes", cubes)
    gradient[20] *= 1 + 1e-3
    #expect(checker.worst([.init("x", x, gradient: gradient)], cubes).error > checker.tolerance)
  }
}
