public import ComputeGraph
public import DataParallel
import Execution
public import OpenCL

/// Continues a text with a trained language model, character by character.
///
/// The same seed gives the same text on every device.
public final class TextSampler {
  /// How the next character is chosen.
  public struct Choice: Sendable, Hashable {
    /// Divides the logits: below 1 the likelier characters become likelier still.
    public var temperature: Double
    /// Only so many of the likeliest characters can be chosen; nil: all.
    public var topK: Int?
    /// Decides the text.
    public var seed: UInt64

    /// A choice among all characters.
    public init(temperature: Double = 0.8, topK: Int? = nil, seed: UInt64 = 1) {
      self.temperature = temperature
      self.topK = topK
      self.seed = seed
    }
  }

  private let vocabulary: [Character]
  private let context: Int
  private let plan: CompiledPlan
  private let inputs: WaveInputs

  /// Builds the network on one device.
  ///
  /// - Parameters:
  ///   - graph: A network from `[T]` tokens to logits `[T, C]`, with its loss.
  ///   - weights: Its trained weights.
  ///   - vocabulary: The character of each token.
  ///   - device: Where to compute.
  /// - Throws: `TrainingError` where the network is no language model of this vocabulary, or the OpenCL call that
  ///   failed.
  public init(
    graph: Graph, weights: Weights, vocabulary: [Character], device: Device
  ) throws {
    let logits = graph.nodes[graph.nodes[graph.lastNode].inputs[0]].shape
    guard graph.inputElement == .int, graph.inputShape.rank == 1,
      logits == [graph.inputShape.count, vocabulary.count]
    else {
      throw TrainingError.invalidConfiguration(
        "a network from \(graph.inputShape) to \(logits) does not continue a text of"
          + " \(vocabulary.count) characters; give one that was trained on text")
    }
    self.vocabulary = vocabulary
    context = graph.inputShape.count
    let context = try Context(device: device)
    let queue = try CommandQueue(context: context)
    let plan = try Plan(graph)
    self.plan = try CompiledPlan(
      plan, layout: BucketLayout(plan),
      library: KernelLibrary(context: context, cache: CacheFolder().programs), queue: queue,
      settings: CompiledPlan.Settings(capacity: 1, grain: 1, optimizer: .sgd()))
    inputs = try WaveInputs(self.plan)
    try self.plan.setWeights(weights.values)
    try self.plan.beginEvaluation()
  }

  /// Continues a text.
  ///
  /// - Parameters:
  ///   - prompt: The beginning; at least one character, all of the vocabulary.
  ///   - count: Characters to add.
  ///   - choice: How they are chosen.
  ///   - next: Called with each new character.
  /// - Throws: `TrainingError` for a prompt that cannot be read, or the OpenCL call that failed.
  public func continueText(
    _ prompt: String, count: Int, choice: Choice, next: (Character) -> Void
  ) throws {
    var tokens = try prompt.unicodeScalars.map { scalar in
      guard let token = vocabulary.firstIndex(of: Character(scalar)) else {
        throw TrainingError.invalidConfiguration(
          "the character '\(scalar)' of the prompt is not in the text that the network was trained on"
        )
      }
      return Int32(token)
    }
    guard !tokens.isEmpty else {
      throw TrainingError.invalidConfiguration("the prompt is empty; give at least one character")
    }
    let philox = Philox(seed: choice.seed)
    for position in 0..<count {
      let window = Array(tokens.suffix(context))
      let source = OneWindow(tokens: window, context: context, classCount: vocabulary.count)
      try inputs.upload([0], from: source)
      try plan.enqueueForward(examples: 1, mode: .evaluation)
      let logits = try plan.predictions(examples: 1)
      let row = logits[(window.count - 1) * vocabulary.count..<window.count * vocabulary.count]
      let word = philox.block(
        SIMD4(UInt32(position), 0, 0, RandomStream.sampling.rawValue))[0]
      let token = Self.choose(Array(row), choice, random: Double(word) * 0x1p-32)
      tokens.append(Int32(token))
      next(vocabulary[token])
    }
  }

  /// The class whose share of the distribution holds `random`, a number in [0, 1).
  static func choose(_ logits: [Float], _ choice: Choice, random: Double) -> Int {
    let ranked = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    let candidates = ranked.prefix(choice.topK ?? ranked.count)
    guard let first = candidates.first, choice.temperature > 0 else { return ranked.first ?? 0 }
    let weights = candidates.map {
      RealMath.exponential(Double(logits[$0] - logits[first]) / choice.temperature)
    }
    var rest = random * weights.reduce(0, +)
    for (candidate, weight) in zip(candidates, weights) {
      rest -= weight
      if rest < 0 { return candidate }
    }
    return first
  }
}

/// One window of tokens, with anything behind them: a causal network does not look there.
private struct OneWindow: ExampleSource {
  let tokens: [Int32]
  let context: Int
  let classCount: Int
  var count: Int { 1 }
  var exampleShape: Shape { [context] }
  var exampleElement: Tensor.Element { .int }
  var targetShape: Shape { [context] }

  func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer
  ) {
    let inputs = examples.bindMemory(to: Int32.self)
    inputs.update(repeating: 0)
    targets.bindMemory(to: Int32.self).update(repeating: 0)
    for (t, token) in tokens.enumerated() { inputs[t] = token }
  }
}
