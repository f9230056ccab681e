public import ComputeGraph
import Crypto
import Execution
import Foundation

/// What decides the bits of a run: a checkpoint continues only the run that wrote it.
public struct RunIdentity: Sendable, Hashable, Codable {
  /// A parameter as files know it.
  public struct Parameter: Sendable, Hashable, Codable {
    /// Its name in the network.
    public let name: String
    /// Its dimensions, outermost first.
    public let shape: [Int]
  }

  /// The parameters, in the order of the graph.
  public let parameters: [Parameter]
  /// Digest of the network's operations and of how they are connected.
  public let network: String
  /// Examples of a global batch, of a grain and in all.
  public let batch: Int, grain: Int, exampleCount: Int
  /// Steps of the whole run.
  public let steps: Int
  /// Seeds weights, order and dropout.
  public let seed: UInt64
  /// The optimizer with its schedule, decay, clipping and average.
  public let optimizer: String
  /// Digest of some of the examples.
  public let examples: String

  /// The identity of a run on these examples.
  public init(_ configuration: TrainerConfiguration, source: any ExampleSource) {
    let graph = configuration.graph
    parameters = graph.parameters.map { Parameter(name: $0.name, shape: $0.shape.dimensions) }
    // Checkpoints within the network change no bit, so they are left out.
    let nodes = graph.nodes.map { "\($0.operation) \($0.inputs) \($0.shape) \($0.parameters)" }
    network = Self.digest(Data(nodes.joined(separator: "\n").utf8))
    (batch, grain) = (configuration.batch, configuration.grain)
    (steps, seed) = (configuration.steps, configuration.seed)
    exampleCount = source.count
    optimizer = String(describing: configuration.optimizer)
    examples = Self.digest(of: source)
  }

  /// Says the first thing in which a checkpoint's run differs from this one; nil if it is this one.
  public func difference(from other: RunIdentity) -> String? {
    func text(_ word: String, _ this: some Equatable, _ that: some Equatable) -> String? {
      "\(this)" == "\(that)" ? nil : "\(word) \(that), but this run has \(this)"
    }
    if let sizes = text("a batch of", batch, other.batch) ?? text("a grain of", grain, other.grain)
      ?? text("a seed of", seed, other.seed) ?? text("a length in steps of", steps, other.steps)
      ?? text("training examples in the number of", exampleCount, other.exampleCount)
      ?? text("the optimizer", optimizer, other.optimizer)
    {
      return sizes
    }
    for (this, that) in zip(parameters, other.parameters) where this != that {
      return "\(that.name) of shape \(that.shape), where this run has \(this.name) of \(this.shape)"
    }
    if parameters.count != other.parameters.count {
      return text("parameters in the number of", parameters.count, other.parameters.count)
    }
    if network != other.network { return "a network of other operations" }
    return examples == other.examples ? nil : "other training examples"
  }

  /// Most examples that the digest looks at, spread over all: it finds another data set, not one changed pixel.
  private static let sampledExamples = 64

  private static func digest(of source: any ExampleSource) -> String {
    let count = min(sampledExamples, source.count)
    let indices = (0..<count).map { $0 * (source.count / count) }
    let byteCounts = (
      examples: count * source.exampleShape.count * 4, targets: count * source.targetShape.count * 4
    )
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: byteCounts.examples + byteCounts.targets, alignment: 64)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    source.gather(
      indices[...],
      examples: UnsafeMutableRawBufferPointer(rebasing: memory[..<byteCounts.examples]),
      targets: UnsafeMutableRawBufferPointer(rebasing: memory[byteCounts.examples...]))
    var hash = SHA256()
    hash.update(bufferPointer: UnsafeRawBufferPointer(memory))
    return text(hash.finalize())
  }

  private static func digest(_ data: Data) -> String { text(SHA256.hash(data: data)) }

  private static func text(_ digest: SHA256.Digest) -> String {
    digest.prefix(16).map { String(format: "%02x", $0) }.joined()
  }
}
