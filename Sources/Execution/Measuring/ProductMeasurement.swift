import ComputeGraph
import OpenCL

/// The matrix product of a linear layer, n x n x n, by the kernel and the tile that training takes.
final class ProductMeasurement: DeviceMeasurement {
  let kind = DeviceFigure.Kind.product
  let unit = "GFLOP/s"
  var name: String { "product, n = \(size)" }

  /// Outputs that are computed again on the host.
  private static let checkedCount = 64

  private let size: Int
  private let bench: TuningBench
  private let trial: TuningBench.Trial
  private let repeats: Int

  /// Seconds of one product, of those that are not timed.
  let expectedSeconds: Double

  /// Memory that a product of this size takes, with all that a training step of the layer has.
  static func byteCount(size: Int) -> Int { 48 * size * size }

  /// Plans a linear layer, computes its product once, and compares it with the host.
  init(size: Int, context: Context, cache: ProgramCache?) throws {
    self.size = size
    let model = Model(input: Shape([size])) { Linear(size, bias: false) }
    let plan = try Plan(model.graph(loss: MeanSquaredError()))
    bench = try TuningBench(plan, examples: size, grain: size, context: context)
    let builder = KernelBuilder(
      library: KernelLibrary(context: context, cache: cache),
      variant: KernelVariant(for: context.device), tiles: .standard)
    guard let step = plan.forward.first(where: { $0.tile != nil }),
      let trial = try bench.standardTrial(step, builder)
    else { preconditionFailure("a linear layer has a product") }
    self.trial = trial
    try bench.refill(step)
    try bench.time(trial)
    let once = max(try bench.time(trial), 1e-9)
    expectedSeconds = once
    repeats = min(max(1, Int(0.02 / once)), 200)
    try check(step)
  }

  func sample() throws -> Double {
    let seconds = try bench.seconds(trial, repeats: repeats)
    return 2 * Double(size) * Double(size) * Double(size) * 1e-9 / seconds
  }

  /// Compares some outputs with sums in double precision.
  ///
  /// A sum of floats in chunks of 256 is off by at most (256 + chunks) roundings of the sum of the magnitudes.
  private func check(_ step: Step) throws {
    guard let output = step.outputs.first, let input = step.inputs.first else {
      preconditionFailure("a product has an input and an output")
    }
    let y = try bench.floats(of: output, count: size * size)
    let x = try bench.floats(of: input, count: size * size)
    let w = try bench.weights(0)
    let roundings = Double(256 + size / 256 + 2) * 0x1p-24
    let philox = Philox(seed: 7)
    for index in 0..<Self.checkedCount {
      let words = philox.block(SIMD4(UInt32(index), 0, 0, 0))
      let (n, m) = (Int(words[0]) % size, Int(words[1]) % size)
      var (sum, magnitude) = (0.0, 0.0)
      for k in 0..<size {
        let product = Double(x[n * size + k]) * Double(w[k * size + m])
        sum += product
        magnitude += product.magnitude
      }
      let value = Double(y[n * size + m])
      guard abs(value - sum) <= roundings * magnitude else {
        throw WrongResult(name: name, detail: "y[\(n), \(m)] is \(value), but \(sum) is right")
      }
    }
  }
}

extension TuningBench {
  /// Seconds of one launch, of so many that are enqueued one behind another.
  func seconds(_ trial: Trial, repeats: Int) throws(OpenCLError) -> Double {
    try finish()
    let total = try elapsedSeconds { () throws(OpenCLError) in
      for _ in 0..<repeats { try enqueue(trial) }
      try finish()
    }
    return total / Double(repeats)
  }

  /// The numbers in a tensor, those of a full wave.
  func floats(of tensor: TensorID, count: Int) throws(OpenCLError) -> [Float] {
    try floats(in: memory.tensors[tensor], count: count)
  }

  /// A parameter's values.
  func weights(_ parameter: ParameterID) throws(OpenCLError) -> [Float] {
    try floats(
      in: memory.weight(parameter), count: plan.graph.parameters[parameter].shape.count)
  }

  private func floats(in buffer: Buffer, count: Int) throws(OpenCLError) -> [Float] {
    let copy = try StagingBuffer(context: queue.context, queue: queue, byteCount: count * 4)
    try queue.download(buffer, to: copy, byteCount: count * 4).wait()
    return withExtendedLifetime(copy) { Array(copy.bind(to: Float.self)) }
  }
}
