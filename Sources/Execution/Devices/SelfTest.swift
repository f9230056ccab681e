import ComputeGraph
import Crypto
import Foundation
import Kernels
public import OpenCL

/// Runs every kernel family on fixed inputs and compares the bits with those of a proved device.
///
/// A device whose bits differ (missing denormals, a wrong driver) must not take part: its results would be
/// others than every other device's.
public struct SelfTest: Sendable {
  /// What the test found.
  public enum Verdict: Sendable, Hashable, Codable {
    /// All bits are the reference's.
    case passed
    /// The first kernel, in the order of a training step, whose output differs.
    case differs(kernel: String)
    /// A call failed; the text names it.
    case failed(String)

    /// `passed`, or what is wrong.
    public var summary: String {
      switch self {
      case .passed: "passed"
      case .differs(let kernel): "bits differ in \(kernel)"
      case .failed(let reason): "failed: \(reason)"
      }
    }
  }

  private let cache: CacheFolder?

  /// A self-test; with `cache`, the verdict of a device, driver and kernel version is kept on disk.
  public init(cache: CacheFolder?) { self.cache = cache }

  /// The verdict on a device, from the cache or from a run, most of which is compiling the kernels.
  public func verdict(on device: Device) -> Verdict {
    let file = cache?.verdicts.appendingPathComponent(Self.key(device) + ".json")
    if let file, let data = try? Data(contentsOf: file),
      let verdict = try? JSONDecoder().decode(Verdict.self, from: data)
    {
      return verdict
    }
    let verdict: Verdict
    do {
      verdict = Self.compare(try Self.hashes(on: device, cache: cache?.programs))
      if let file, let data = try? JSONEncoder().encode(verdict) {
        // The cache only saves time: a folder that cannot be written is no error.
        try? FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? data.write(to: file, options: .atomic)
      }
    } catch {
      verdict = .failed("\(error)")
    }
    return verdict
  }

  /// The first step whose hash is not the reference's.
  package static func compare(_ hashes: [(step: String, hash: String)]) -> Verdict {
    for (actual, expected) in zip(hashes, reference) where actual.hash != expected.hash {
      return .differs(kernel: String(actual.step.prefix { $0 != " " }))
    }
    return hashes.count == reference.count ? .passed : .failed("the reference has other steps")
  }

  /// A hash of what each step of a small training step writes, in order.
  package static func hashes(
    on device: Device, cache: ProgramCache?
  ) throws -> [(step: String, hash: String)] {
    try SelfTestRun(Plan(Self.network()), device: device, cache: cache).hashes
      + SelfTestRun(Plan(Self.unfusedNetwork(), fusesReLU: false), device: device, cache: cache)
      .hashes
  }

  /// Every kernel but the stand-alone ReLU.
  private static func network() throws -> Graph {
    var graph = Graph(input: [9, 10, 3])
    try graph.append(.convolution(outputs: 5, kernel: 3, padding: 1))
    try graph.append(.relu)
    try graph.append(.maxPool(window: 2, stride: 2))
    try graph.append(.convolution(outputs: 17, kernel: 3, padding: 1))
    try graph.append(.relu)
    try graph.append(.flatten)
    try graph.append(.linear(outputs: 19))
    try graph.append(.relu)
    try graph.append(.linear(outputs: 7))
    try graph.append(.crossEntropy)
    return graph
  }

  /// A ReLU between two layers that do not take it over.
  private static func unfusedNetwork() throws -> Graph {
    var graph = Graph(input: [3, 5, 2])
    try graph.append(.flatten)
    try graph.append(.linear(outputs: 11))
    try graph.append(.relu)
    try graph.append(.linear(outputs: 7))
    try graph.append(.crossEntropy)
    return graph
  }

  /// Changes when the device, its driver or any kernel does.
  private static func key(_ device: Device) -> String {
    let sources = KernelFamily.allCases.map(\.source)
    let identity = [
      device.platformName, device.platformVersion, device.name, device.vendor,
      device.driverVersion, "\(reference.map(\.hash))",
    ]
    return digest(Data((identity + sources).joined(separator: "\0").utf8))
  }

  /// The first 16 hexadecimal digits of SHA-256.
  static func digest(_ data: Data) -> String {
    SHA256.hash(data: data).prefix(8).map { String(format: "%02x", $0) }.joined()
  }
}

/// One training step of a small network that uses every kernel.
private struct SelfTestRun {
  private(set) var hashes: [(step: String, hash: String)] = []

  private static let examples = 7, grain = 3, capacity = 9

  init(_ plan: Plan, device: Device, cache: ProgramCache?) throws {
    let layout = BucketLayout(plan, firstCount: 100, count: 1000)
    let context = try Context(device: device)
    let queue = try CommandQueue(context: context)
    let compiled = try CompiledPlan(
      plan, layout: layout, library: KernelLibrary(context: context, cache: cache), queue: queue,
      capacity: Self.capacity, grain: Self.grain, keepsAll: true)
    try compiled.setWeights(Self.weights(plan.graph))
    let inputs = try WaveInputs(compiled)
    try inputs.upload(
      Array(0..<Self.examples)[...], from: SelfTestExamples(shape: plan.graph.inputShape))
    let scale = GradientScale(largest: 4)
    let scales = Array(repeating: scale, count: plan.graph.parameters.count)
    try compiled.beginStep()
    // The second wave, of the same examples, adds to the sums of the first.
    for accumulates in [false, true] {
      try compiled.enqueueForward(examples: Self.examples)
      try compiled.enqueueBackward(
        examples: Self.examples, scales: scales, accumulates: accumulates
      ) { _ in }
    }
    for step in plan.forward + plan.backward {
      let data: Data
      if let parameter = step.completedParameter {
        data = try compiled.readSums(parameter).withUnsafeBytes { Data($0) }
      } else {
        data = try compiled.read(step.tensors[0], examples: Self.examples).withUnsafeBytes {
          Data($0)
        }
      }
      hashes.append(("\(step.kernelName) \(hashes.count)", SelfTest.digest(data)))
    }
    try compiled.update(fromSumsScaledBy: scale.inverse, examples: Self.examples)
    var weights = Data()
    for values in try compiled.weights() {
      values.withUnsafeBytes { weights.append(contentsOf: $0) }
    }
    hashes.append(("sgd_update \(hashes.count)", SelfTest.digest(weights)))
  }

  /// Initial weights, but no bias in the first layer: denormal inputs must reach the next layers.
  private static func weights(_ graph: Graph) -> [[Float]] {
    graph.parameters.enumerated().map { id, parameter in
      id == 1
        ? Array(repeating: 0, count: parameter.shape.count)
        : parameter.initialValues(seed: 11, id: id)
    }
  }
}

/// Uniform pixels; those of the second example are denormal numbers.
private struct SelfTestExamples: ExampleSource {
  let shape: Shape
  var exampleShape: Shape { shape }
  let count = 7
  let classCount = 7

  func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableBufferPointer<Float>,
    labels: UnsafeMutableBufferPointer<Int32>
  ) {
    let philox = Philox(seed: 12)
    for (row, index) in indices.enumerated() {
      for pixel in 0..<shape.count {
        let word = philox.block(SIMD4(UInt32(pixel), UInt32(index), 0, 0))[0]
        examples[row * shape.count + pixel] =
          (2 * Philox.unitFloat(word) - 1) * (index == 1 ? 0x1p-130 : 1)
      }
      labels[row] = Int32((index * 3) % classCount)
    }
  }
}

extension CompiledPlan {
  /// Turns the sums into gradients on the host and updates the weights with them.
  fileprivate func update(fromSumsScaledBy inverse: Float, examples: Int) throws {
    for (index, bucket) in layout.buckets.enumerated() {
      let staging = try StagingBuffer(
        context: queue.context, queue: queue, byteCount: bucket.count * 4)
      let gradients = staging.bind(to: Float.self)
      gradients.update(repeating: 0)
      for parameter in bucket.parameters {
        for (offset, sum) in try readSums(parameter).enumerated() {
          gradients[layout.offsets[parameter] + offset] = Float(sum) * inverse
        }
      }
      _ = try queue.upload(staging, to: memory.gradients[index], byteCount: staging.byteCount)
      for _ in 0..<2 {
        try enqueueUpdate(
          bucket: index, MomentumUpdate(rate: 0.3, momentum: 0.9, examples: examples))
      }
      try queue.finish()
    }
  }
}
