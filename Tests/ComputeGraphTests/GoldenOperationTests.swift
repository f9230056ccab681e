import ComputeGraph
import Foundation
import TestSupport
import Testing

/// What scripts/golden_operations.py wrote: PyTorch's output and gradients of an operation, in float64.
private struct GoldenOperation: Decodable {
  struct Values: Decodable {
    let count: Int
    let largest: Double, squares: Double
    let stride: Int
    let samples: [Double]
  }
  let description: OperationCase.Description
  /// `y`, `dx0`, `dx1`, …, and the names of parameters.
  let values: [String: Values]

  static let all = Result { () throws -> [String: GoldenOperation] in
    let file = try #require(
      Bundle.module.url(forResource: "operations", withExtension: "json", subdirectory: "Golden"))
    let all = try JSONDecoder().decode([GoldenOperation].self, from: Data(contentsOf: file))
    return Dictionary(uniqueKeysWithValues: all.map { ($0.description.name, $0) })
  }
}

@Suite("Golden operations")
struct GoldenOperationTests {
  /// Of the largest magnitude; PyTorch's sums run in another order.
  private static let tolerance = 1e-12

  @Test("output and gradients of each operation are PyTorch's", arguments: OperationCase.all)
  func operation(_ test: OperationCase) throws {
    let golden = try #require(
      try GoldenOperation.all.get()[test.name], "run scripts/golden_operations.py again")
    let isCurrent = try golden.description == test.description()
    #expect(isCurrent, "the case has changed: run scripts/golden_operations.py again")
    let graph = try test.graph()
    let id = test.node(of: graph)
    let operation = graph.reference(
      id, weights: test.parameters(graph), targets: test.operandTargets(graph),
      setting: test.setting)
    let found = operation.backward(test.operands, dy: test.outputGradient(graph))
    var values = ["y": operation.forward(test.operands)]
    for (input, gradient) in found.dinputs.enumerated() where !test.takesTokens {
      values["dx\(input)"] = gradient
    }
    for (parameter, gradient) in zip(graph.nodes[id].parameters, found.parameters) {
      // In evaluation nothing is learned about statistics.
      guard test.mode == .training || graph.parameters[parameter].isTrained else { continue }
      values[String(graph.parameters[parameter].name.dropFirst("operation.".count))] = gradient
    }
    #expect(values.keys.sorted() == golden.values.keys.sorted())
    for (name, values) in values { try expect(values, golden.values[name], name) }
  }

  private func expect(
    _ values: [Double], _ golden: GoldenOperation.Values?, _ name: String
  ) throws {
    let golden = try #require(golden)
    try #require(values.count == golden.count, "\(name)")
    let bound = Self.tolerance * max(golden.largest, .leastNormalMagnitude)
    for (i, sample) in golden.samples.enumerated() {
      let place = i * golden.stride
      #expect(abs(values[place] - sample) <= bound, "\(name)[\(place)]")
    }
    #expect(abs((values.map(abs).max() ?? 0) - golden.largest) <= bound, "largest of \(name)")
    let squares = values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(squares - golden.squares) <= 10 * Self.tolerance * golden.squares, "\(name)")
  }

  /// Not a check: the first step of scripts/golden_operations.py.
  @Test(
    "the cases are written for PyTorch",
    .enabled(if: ProcessInfo.processInfo.environment["CHORUS_WRITE_CASES"] != nil))
  func writeCases() throws {
    let path = try #require(ProcessInfo.processInfo.environment["CHORUS_WRITE_CASES"])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try encoder.encode(OperationCase.all.map { try $0.description() })
      .write(to: URL(filePath: path))
  }
}
