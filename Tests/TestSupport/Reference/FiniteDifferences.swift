import ComputeGraph
package import Testing

/// Gradients against the slopes of the function itself, by central differences in double precision.
///
/// The slope along a random direction is compared with the gradient's part in that direction, which any wrong
/// element changes. Functions with kinks must be given values away from them.
package struct FiniteDifferences {
  /// An array that the function depends on, and the gradient to check.
  package struct Variable {
    let name: String
    let values: [Double]
    let gradient: [Double]

    /// The array called `name` in messages.
    package init(_ name: String, _ values: [Double], gradient: [Double]) {
      (self.name, self.values, self.gradient) = (name, values, gradient)
    }
  }

  /// Allowed difference, relative to the root of the sum of the gradient's squares.
  package var tolerance = 1e-6
  /// Half the distance of the two points. The error of a central difference has a part of its square (1e-10) and
  /// one of the unit roundoff divided by it (1e-11).
  package var step = 1e-5
  /// Directions for each variable.
  package var directions = 3
  /// Key of the directions.
  package var seed: UInt64 = 1

  /// Checks with the usual tolerance.
  package init() {}

  /// The largest difference between a gradient and the slopes of `function`, which takes one array per variable.
  ///
  /// - Returns: The difference, relative as the tolerance is, and what differs.
  package func worst(
    _ variables: [Variable], _ function: ([[Double]]) -> Double
  ) -> (error: Double, message: String) {
    let values = variables.map(\.values)
    // A gradient of zeros is compared with the function's own rounding.
    let floor = 1e-4 * max(1, abs(function(values)))
    var worst = (error: 0.0, message: "")
    for (position, variable) in variables.enumerated() {
      precondition(variable.values.count == variable.gradient.count)
      let norm = variable.gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for direction in 0..<directions {
        let along = self.direction(variable.values.count, position * directions + direction)
        let ends = [step, -step].map { distance in
          var moved = values
          moved[position] = zip(variable.values, along).map { $0 + distance * $1 }
          return function(moved)
        }
        let slope = (ends[0] - ends[1]) / (2 * step)
        let expected = zip(variable.gradient, along).reduce(0) { $0 + $1.0 * $1.1 }
        let difference = abs(slope - expected) / max(norm, floor)
        let error = difference.isNaN ? .infinity : difference
        guard error >= worst.error else { continue }
        worst.error = error
        worst.message = """
          the slope along a direction of \(variable.name) is \(slope), the gradient's part in it \(expected): \
          \(error) of the gradient's length \(norm)
          """
      }
    }
    return worst
  }

  /// Expects that the gradients are the slopes of `function`.
  ///
  /// - Returns: The largest difference, relative as the tolerance is.
  @discardableResult
  package func check(
    _ variables: [Variable], _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ function: ([[Double]]) -> Double
  ) -> Double {
    let (error, message) = worst(variables, function)
    if error > tolerance {
      Issue.record("\(what): \(message), allowed \(tolerance)", sourceLocation: sourceLocation)
    }
    return error
  }

  /// Uniform numbers in [-1, 1).
  private func direction(_ count: Int, _ id: Int) -> [Double] {
    let philox = Philox(seed: seed)
    return (0..<count).map { i in
      let words = philox.block(SIMD4(UInt32(i), UInt32(id), 0, .max - 1))
      return 2 * Double(Philox.unitFloat(words[0])) - 1
    }
  }
}

/// Expects that the reference's gradients of a case's operation are the slopes of `sum(dy * y)`.
///
/// - Returns: The largest difference, relative to a gradient's length.
@discardableResult
package func expectGradientsMatchFiniteDifferences(
  _ test: OperationCase, checker: FiniteDifferences = FiniteDifferences(),
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> Double {
  let graph = try test.graph()
  let node = graph.nodes[test.node(of: graph)]
  let (inputs, weights, dy) = (test.operands, test.parameters(graph), test.outputGradient(graph))
  let targets = test.operandTargets(graph)
  func operation(_ weights: [[Double]]) -> any ReferenceOperation {
    graph.reference(
      test.node(of: graph), weights: weights, targets: targets, setting: test.setting)
  }
  let found = operation(weights).backward(inputs, dy: dy)
  // Tokens have no slope, and running statistics are no function of the weights.
  let differentiable = test.takesTokens ? [] : inputs.indices.map { $0 }
  let trained = node.parameters.indices.filter { graph.parameters[node.parameters[$0]].isTrained }
  let variables =
    differentiable.map {
      FiniteDifferences.Variable("input \($0)", inputs[$0], gradient: found.dinputs[$0])
    }
    + trained.map {
      FiniteDifferences.Variable(
        graph.parameters[node.parameters[$0]].name, weights[$0], gradient: found.parameters[$0])
    }
  return checker.check(variables, test.name, sourceLocation: sourceLocation) { values in
    var (x, w) = (inputs, weights)
    for (place, input) in differentiable.enumerated() { x[input] = values[place] }
    for (place, parameter) in trained.enumerated() {
      w[parameter] = values[differentiable.count + place]
    }
    return zip(operation(w).forward(x), dy).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// Expects that a network's gradients are the slopes of its summed losses.
///
/// - Returns: The largest difference, relative to a gradient's length.
@discardableResult
package func expectGradientsMatchFiniteDifferences(
  _ network: ReferenceNetwork, inputs: [Double], targets: [Double], _ what: String = "",
  checker: FiniteDifferences = FiniteDifferences(),
  sourceLocation: SourceLocation = #_sourceLocation
) -> Double {
  let pass = network.pass(inputs, targets: targets)
  let trained = network.graph.parameters.indices.filter { network.graph.parameters[$0].isTrained }
  var variables = trained.map {
    FiniteDifferences.Variable(
      network.graph.parameters[$0].name, network.weights[$0], gradient: pass.parameters[$0])
  }
  if network.graph.inputElement == .float {
    variables.append(
      FiniteDifferences.Variable("examples", inputs, gradient: pass.gradients[0]))
  }
  return checker.check(variables, what, sourceLocation: sourceLocation) { values in
    var changed = network
    for (place, parameter) in trained.enumerated() { changed.weights[parameter] = values[place] }
    let x = values.count > trained.count ? values[trained.count] : inputs
    return changed.forward(x, targets: targets)[network.graph.lastNode].reduce(0, +)
  }
}
