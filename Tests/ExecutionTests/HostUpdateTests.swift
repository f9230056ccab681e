import ComputeGraph
import Execution
import OpenCL
import TestSupport
import Testing

@Suite("Update on the host")
struct HostUpdateTests {
  /// A rule and the options that change its arithmetic.
  struct Rule: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let optimizer: Optimizer
    var decay = 0.01
    var decaysBiases = false
    var averageDecay: Double? = 0.9

    init(
      _ description: String, _ optimizer: Optimizer, decay: Double = 0.01,
      decaysBiases: Bool = false, averageDecay: Double? = 0.9
    ) {
      (testDescription, self.optimizer, self.decay) = (description, optimizer, decay)
      (self.decaysBiases, self.averageDecay) = (decaysBiases, averageDecay)
    }

    /// The numbers of a step whose batch has 7 examples in 3 grains.
    func numbers(step: Int) -> UpdateNumbers {
      UpdateNumbers(
        optimizer, step: step, rate: 0.003 / Double(step + 1), decay: decay,
        decaysBiases: decaysBiases, factor: 1.0 / 7, grains: 3, averageDecay: averageDecay)
    }
  }

  private static let rules = [
    Rule("sgd, plain", .sgd(momentum: 0), decay: 0, averageDecay: nil),
    Rule("sgd", .sgd(), decaysBiases: true),
    Rule("sgd, nesterov", .sgd(nesterov: true)),
    Rule("adam", .adam(), decaysBiases: true),
    Rule("adam, no decay", .adam(), decay: 0, averageDecay: nil),
    Rule("adamW", .adamW(beta2: 0.95)),
    Rule("adamW, no epsilon", .adamW(epsilon: 0), decaysBiases: true),
    Rule("lion", .lion()),
    Rule("lion, no decay", .lion(), decay: 0, decaysBiases: true),
  ]

  /// Gradients of every magnitude: bits at random, ordinary values, zeros of both signs, small ones, large ones.
  private static func gradients(_ count: Int, seed: UInt64) -> [Float] {
    let bits = randomWords(count, seed: seed).map { Float(bitPattern: $0) }
    return zip(bits, randomValues(count, seed: seed + 1)).enumerated().map { index, pair in
      let (wild, tame) = pair
      switch index % 8 {
      case 0: return wild.isFinite && wild.magnitude < 0x1p50 ? wild : -0
      case 1: return 0
      case 2: return tame * 0x1p-130
      case 3: return tame * 0x1p-70
      case 4: return tame * 0x1p20
      default: return tame
      }
    }
  }

  @Test(
    "the host's update has the device's bits over several steps, with statistics and averages",
    arguments: try testDevices(), rules)
  func sameBits(_ device: TestDevice, _ rule: Rule) throws {
    // Weights, biases, the gains of normalisations and running statistics, in several buckets.
    let graph = try TestNetwork.residual.graph()
    let plan = try Plan(graph)
    let layout = BucketLayout(plan, sizes: BucketSizes(first: 64, others: 1 << 10))
    #expect(layout.buckets.count > 2)
    let context = device.library.context
    var settings = CompiledPlan.Settings(capacity: 3, grain: 3, optimizer: rule.optimizer)
    settings.keepsAverages = rule.averageDecay != nil
    let compiled = try CompiledPlan(
      plan, layout: layout, library: device.library, queue: CommandQueue(context: context),
      settings: settings)
    try compiled.setWeights(graph.initialWeights(seed: 4))
    // In place, and by way of staging memory, as on devices with memory of their own.
    let ways = try [nil, false].map {
      try BucketUploads(
        counts: layout.buckets.map(\.count), transfer: CommandQueue(context: context),
        readsInPlace: $0)
    }
    let memory = layout.buckets.map { HostMemory(byteCount: $0.count * 4) }
    let host = HostUpdate(
      layout: layout, parameters: graph.parameters, optimizer: rule.optimizer)
    var state = try compiled.state()
    #expect(state.averages.isEmpty == (rule.averageDecay == nil))
    for step in 0..<5 {
      let numbers = rule.numbers(step: step)
      let gradients = layout.buckets.enumerated().map { index, bucket in
        // What the reducer gives has zeros in the gaps.
        let values = Self.gradients(bucket.count, seed: UInt64(100 * step + index))
        var gradients = [Float](repeating: 0, count: bucket.count)
        for id in bucket.parameters {
          gradients.replaceSubrange(layout.range(of: id), with: values[layout.range(of: id)])
        }
        return gradients
      }
      let uploads = ways[step % 2]
      for (index, values) in gradients.enumerated() {
        let target = memory[index].pointer.bindMemory(to: Float.self, capacity: values.count)
        target.update(from: values, count: values.count)
        try uploads.upload(bucket: index, gradients: target, owner: memory[index])
        for event in uploads.ends { try event.wait() }
        let uploaded = try #require(uploads.gradients(bucket: index))
        try compiled.enqueueUpdate(bucket: index, numbers, gradients: uploaded)
      }
      host.apply(numbers, gradients: gradients, to: &state)
      let expected = try compiled.state()
      #expect(bits(state) == bits(expected), "step \(step)")
      // What is compared must not be NaN, or nothing, throughout.
      #expect(
        layout.parameters(of: state.weights).allSatisfy { $0.count { $0.isFinite } > $0.count / 4 })
    }
  }

  /// All bits, but for which NaN a NaN is: that depends on the order in which a processor reads operands.
  private func bits(_ state: PlanState) -> [[UInt32]] {
    (state.weights + state.states.flatMap { $0 } + state.averages).map {
      $0.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
    }
  }

  @Test("a plan's state goes to the host and back whole, and setting weights clears the rest")
  func roundTrip() throws {
    let device = try #require(testDevices().first)
    let graph = try TestNetwork.residual.graph()
    let plan = try Plan(graph)
    let layout = BucketLayout(plan, sizes: BucketSizes(first: 64, others: 1 << 10))
    var settings = CompiledPlan.Settings(capacity: 3, grain: 3, optimizer: .adam())
    settings.keepsAverages = true
    let compiled = try CompiledPlan(
      plan, layout: layout, library: device.library,
      queue: CommandQueue(context: device.library.context), settings: settings)
    let values = { (seed: UInt64) in
      layout.buckets.enumerated().map { randomValues($1.count, seed: seed + UInt64($0)) }
    }
    let state = PlanState(
      weights: values(1), states: [values(20), values(40)], averages: values(60))
    try compiled.setState(state)
    #expect(try compiled.state() == state)
    let weights = graph.initialWeights(seed: 2)
    try compiled.setWeights(weights)
    let fresh = try compiled.state()
    #expect(layout.parameters(of: fresh.weights) == weights)
    #expect(fresh.averages == fresh.weights)
    #expect(fresh.states.joined().joined().allSatisfy { $0 == 0 })
  }
}
