import Execution
import Kernels
import OpenCL
import TestSupport

/// The elementary functions as kernels, `results[i] = function(inputs[i])`: one work-item per 16 numbers.
struct ElementaryProgram {
  private let program: Program
  private let workplace: Workplace

  init(_ device: TestDevice) throws {
    program = try Program(
      context: device.library.context, name: "elementary",
      source: KernelFamily.elementarySource + Self.source, options: "-cl-std=CL1.2")
    workplace = try Workplace(device)
  }

  /// Runs a function on a multiple of 16 numbers.
  func run(_ function: String, on inputs: [Float]) throws -> [Float] {
    precondition(inputs.count % 16 == 0, "a work-item has 16 numbers")
    return try workplace.run(
      program.kernel(function + "_all"), on: inputs, groups: inputs.count / 16,
      resultCount: inputs.count, as: Float.self)
  }

  /// Quotients, 16 at a time: inputs are 16 dividends, then their 16 divisors.
  func divide(_ function: String, _ pairs: [Float]) throws -> [Float] {
    try workplace.run(
      program.kernel(function + "_all"), on: pairs, groups: pairs.count / 32,
      resultCount: pairs.count / 2, as: Float.self)
  }

  /// 16 random words for each element, key, stream, seed low, seed high, step.
  func philox(_ counters: [UInt32]) throws -> [UInt32] {
    try workplace.run(
      program.kernel("philox_all"), on: counters, groups: counters.count / 6,
      resultCount: counters.count / 6 * 16, as: UInt32.self)
  }

  private static let vectors = [
    "exponential", "logarithm16", "hyperbolic_tangent", "error_function", "sigmoid", "softplus",
    "square_root16", "reciprocal_square_root16",
  ]
  private static let scalars = ["logarithm", "square_root", "reciprocal_square_root"]

  private static let source =
    vectors.map { name in
      """

      kernel void \(name)_all(global float* y, global const float* x) {
        vstore16(\(name)(vload16(get_global_id(0), x)), get_global_id(0), y);
      }
      """
    }.joined()
    + scalars.map { name in
      """

      kernel void \(name)_all(global float* y, global const float* x) {
        for (size_t i = 16 * get_global_id(0); i < 16 * get_global_id(0) + 16; ++i) y[i] = \(name)(x[i]);
      }
      """
    }.joined() + """

      kernel void divide16_all(global float* y, global const float* x) {
        const size_t i = get_global_id(0);
        vstore16(divide16(vload16(2 * i, x), vload16(2 * i + 1, x)), i, y);
      }
      kernel void divide_all(global float* y, global const float* x) {
        const size_t first = 16 * get_global_id(0);
        for (size_t i = 0; i < 16; ++i) y[first + i] = divide(x[2 * first + i], x[2 * first + 16 + i]);
      }
      kernel void philox_all(global uint* y, global const uint* x) {
        global const uint* c = x + 6 * get_global_id(0);
        vstore16(philox_words(c[0], c[1], c[2], c + 3), get_global_id(0), y);
      }
      """
}
