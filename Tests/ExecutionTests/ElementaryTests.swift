import Execution
import Foundation
import TestSupport
import Testing

/// A function of elementary.h, its largest error of all floats in units in the last place, and what it computes.
private struct ElementaryFunction: Sendable {
  let name: String
  let error: Double
  let value: @Sendable (Double) -> Double

  /// The errors that elementary.h and roots.h state.
  static let all: [ElementaryFunction] = [
    ElementaryFunction(name: "exponential", error: 0.992) { exp($0) },
    ElementaryFunction(name: "logarithm", error: 0.827) { log($0) },
    ElementaryFunction(name: "logarithm16", error: 0.827) { log($0) },
    ElementaryFunction(name: "hyperbolic_tangent", error: 1.331) { tanh($0) },
    ElementaryFunction(name: "error_function", error: 1.088) { erf($0) },
    ElementaryFunction(name: "sigmoid", error: 0.901) {
      $0 >= 0 ? 1 / (1 + exp(-$0)) : exp($0) / (1 + exp($0))
    },
    ElementaryFunction(name: "softplus", error: 1.314) { max($0, 0) + log1p(exp(-abs($0))) },
    ElementaryFunction(name: "square_root", error: 0.5001) { $0.squareRoot() },
    ElementaryFunction(name: "square_root16", error: 0.5001) { $0.squareRoot() },
    ElementaryFunction(name: "reciprocal_square_root", error: 0.5001) { 1 / $0.squareRoot() },
    ElementaryFunction(name: "reciprocal_square_root16", error: 0.5001) { 1 / $0.squareRoot() },
  ]
}

// The functions of elementary.h and roots.h: their errors, and their bits on every device.
@Suite("Elementary functions")
struct ElementaryTests {
  /// One of 4,099 bit patterns of all floats, and the edges.
  private static let samples: [Float] = {
    var samples = stride(from: UInt32(0), through: .max, by: 4099).map(Float.init(bitPattern:))
    for edge in [
      0, .leastNonzeroMagnitude, .leastNormalMagnitude, 1, .greatestFiniteMagnitude, .infinity,
      .nan,
      87, 87.33655, 88, 88.72283, 88.722839, 88.73, 89, 103, 103.97, 103.98, 104, 104.5, 0x1p-126,
      0x1.6a09e6p-1, 0x1.6a09e8p-1, 0x1p-25, 0x1.62e43p-1, 0.625, 10,
      // The worst of all floats: of exp, log, tanh, erf, sigmoid, softplus.
      0x1.777e8p+2, 0x1.69e472p+0, 0x1.41b1cap-1, 0x1.df4312p-1, 0x1.593edep+6, 0x1.29336ap-2,
    ] as [Float] {
      for x in [edge, edge.nextUp, edge.nextDown] { samples += [x, -x] }
    }
    // Where training calls them: exp of 0 to -20, log of 1 to a few hundred classes.
    samples += randomValues(1 << 16, seed: 19, bound: 20)
    samples += randomValues(1 << 16, seed: 20, bound: 500)
    samples += randomValues(1 << 16, seed: 31, bound: 2)
    while samples.count % 16 != 0 { samples.append(0) }
    return samples
  }()

  @Test("each function is within the stated error, and has the same bits on every device")
  func errors() throws {
    var first: [[Float]] = []
    for device in try testDevices() {
      let program = try ElementaryProgram(device)
      for (index, function) in ElementaryFunction.all.enumerated() {
        let results = try program.run(function.name, on: Self.samples)
        if first.indices.contains(index) {
          expectSameBits(
            results.map { $0.isNaN ? .nan : $0 }, first[index],
            "\(function.name), \(device.testDescription)")
        } else {
          let worst = Self.worstError(results, function.value)
          #expect(worst.error <= function.error, "\(function.name) at \(worst.x)")
          first.append(results.map { $0.isNaN ? .nan : $0 })
        }
      }
    }
  }

  @Test("the edges", arguments: try testDevices())
  func edges(_ device: TestDevice) throws {
    let nan = Float.nan, infinity = Float.infinity
    let logarithms: ([Float], [Float]) = (
      [0, -0.0, 1, infinity, -infinity, nan, -1, -0x1p-149],
      [-infinity, -infinity, 0, infinity, nan, nan, nan, nan]
    )
    let odd: ([Float], [Float]) = (
      [0, -0.0, infinity, -infinity, nan, 20, -20], [0, -0.0, 1, -1, nan, 1, -1]
    )
    let roots: ([Float], [Float]) = (
      [0, -0.0, infinity, -infinity, nan, -1, 4], [0, -0.0, infinity, nan, nan, nan, 2]
    )
    let reciprocals: ([Float], [Float]) = (
      roots.0, [infinity, -infinity, 0, nan, nan, nan, 0.5]
    )
    let table: [(String, ([Float], [Float]))] = [
      (
        "exponential",
        (
          [0, -0.0, infinity, -infinity, nan, 89, 1000, -105, -1000, 1e-30],
          [1, 1, infinity, 0, nan, infinity, infinity, 0, 0, 1]
        )
      ),
      ("logarithm", logarithms), ("logarithm16", logarithms), ("hyperbolic_tangent", odd),
      ("error_function", odd),
      ("sigmoid", ([0, -0.0, infinity, -infinity, nan, 200, -200], [0.5, 0.5, 1, 0, nan, 1, 0])),
      ("softplus", ([infinity, -infinity, nan, 200, -200], [infinity, 0, nan, 200, 0])),
      ("square_root", roots), ("square_root16", roots), ("reciprocal_square_root", reciprocals),
      ("reciprocal_square_root16", reciprocals),
    ]
    let program = try ElementaryProgram(device)
    for (name, (inputs, expected)) in table {
      let padding = Array(repeating: Float(1), count: 16 - inputs.count)
      let results = try program.run(name, on: inputs + padding).prefix(inputs.count)
      expectSameBits(
        results.map { $0.isNaN ? nan : $0 }, expected.map { $0.isNaN ? nan : $0 }, name)
    }
  }

  /// The largest error in units in the last place of the true result, and where it is.
  private static func worstError(
    _ results: [Float], _ function: (Double) -> Double
  ) -> (error: Double, x: Float) {
    var worst = (error: 0.0, x: Float(0))
    for (x, actual) in zip(samples, results) {
      let exact = function(Double(x))
      let nearest = Float(exact)
      if actual == nearest || (actual.isNaN && exact.isNaN) { continue }
      // Beyond the largest float, one unit is the last step below infinity.
      let unit = Double(min(nearest.magnitude, .greatestFiniteMagnitude).ulp)
      let reachable =
        actual.isInfinite ? Double(Float.greatestFiniteMagnitude) + unit : Double(actual)
      let error = abs(reachable - exact) / unit
      if !(error <= worst.error) { worst = (error, x) }
    }
    return worst
  }
}
