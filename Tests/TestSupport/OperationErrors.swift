package import ComputeGraph
import Execution

/// How far one array of a device is from its reference.
package struct ArrayError {
  /// What the array is, such as `gradient of operation.weight`.
  package let what: String
  /// Largest difference, relative to the largest magnitude of the reference; infinite for other shapes or NaN.
  package let relative: Double
}

extension TestDevice {
  /// Runs a case on the device, every operation in a kernel of its own, and measures each operation against the
  /// reference on the device's own inputs: outputs, gradients of inputs and of parameters.
  package func errors(of testCase: OperationCase) throws -> [ArrayError] {
    let graph = try testCase.graph()
    let weights = testCase.weights(graph)
    let source = testCase.source(graph)
    var setting = RunSetting()
    setting.fuses = false
    setting.grain = testCase.grain
    setting.capacity = (testCase.examples + testCase.grain - 1) / testCase.grain * testCase.grain
    setting.mode = testCase.mode
    (setting.seed, setting.step) = (testCase.setting.seed, Int(testCase.setting.step))
    setting.scale = GradientScale(largest: 8)
    let recording = try record(graph, weights: weights, source: source, setting: setting)
    let reference = ReferenceNetwork(
      graph, weights: weights.map { $0.map(Double.init) }, setting: testCase.setting)
    let targets = testCase.graphTargets(graph)

    var errors: [ArrayError] = []
    for (id, node) in graph.nodes.enumerated().dropFirst() where !(node.operation is Reshape) {
      let operation = reference.operation(id, targets: targets)
      let inputs = node.inputs.map { recording.values(graph.source($0)) }
      let word = "\(node.operation.word) (node \(id))"
      errors.append(
        ArrayError(
          what: "output of \(word)",
          relative: relativeError(recording.output(id) ?? [], operation.forward(inputs))))
      guard testCase.mode == .training else { continue }
      let isLoss = id == graph.lastNode
      guard let dy = isLoss ? recording.losses.map({ _ in 1 }) : recording.gradient(id) else {
        continue
      }
      let expected = operation.backward(inputs, dy: dy.map(Double.init))
      for (input, dx) in zip(node.inputs, expected.dinputs) {
        guard let actual = recording.gradient(graph.source(input)) else { continue }
        errors.append(
          ArrayError(what: "dx of \(word)", relative: relativeError(actual, dx)))
      }
      for (parameter, gradient) in zip(node.parameters, expected.parameters) {
        errors.append(
          ArrayError(
            what: "gradient of \(graph.parameters[parameter].name)",
            relative: relativeError(
              recording.sums[parameter].map(setting.scale.gradient), gradient)))
      }
    }
    return errors
  }
}

extension OperationCase {
  /// The case's examples and targets as a device takes them.
  package func source(_ graph: Graph) -> MemoryExamples {
    let last = graph.nodes[graph.lastNode]
    let x = graph.nodes[last.inputs[0]].shape
    let target = (last.operation as? any LossOperation)?.target(of: x) ?? ([], .int)
    return MemoryExamples(
      shape: graph.inputShape, element: graph.inputElement, values: graphInputs.map { Float($0) },
      targetShape: target.shape, targetElement: target.element,
      classCount: x.dimensions.last ?? 1, targets: graphTargets(graph).map { Float($0) })
  }
}

extension Recording {
  /// Output of a node in double precision; tokens are whole numbers.
  fileprivate func values(_ node: NodeID) -> [Double] {
    let isInteger = node == 0 && plan.graph.inputElement == .int
    return (output(node) ?? []).map {
      isInteger ? Double(Int32(bitPattern: $0.bitPattern)) : Double($0)
    }
  }
}

/// Largest difference relative to the largest magnitude of the reference; infinite where counts or NaNs differ.
package func relativeError(_ actual: [Float], _ expected: [Double]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  let largest = expected.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
  let unit = largest > 0 ? largest : 1
  return zip(actual, expected).reduce(0) { worst, pair in
    let same = Double(pair.0) == pair.1 || (pair.0.isNaN && pair.1.isNaN)
    let difference = same ? 0 : abs(Double(pair.0) - pair.1) / unit
    return max(worst, difference.isNaN ? .infinity : difference)
  }
}
