import ComputeGraph
import Crypto
import Foundation

extension Plan {
  /// A digest of all that two processes must agree on before one computes for the other.
  func digest(_ configuration: TrainerConfiguration) -> String {
    var lines = graph.parameters.map { "\($0)" } + tensors.map { "\($0)" }
    lines += (prologue + forward + evaluation + backward).map { "\($0)" }
    lines.append(
      "\(configuration.grain) \(configuration.seed) \(configuration.optimizer.optimizer)"
        + " \(configuration.optimizer.averageDecay != nil)")
    let hash = SHA256.hash(data: Data(lines.joined(separator: "\n").utf8))
    return hash.map { String(format: "%02x", $0) }.joined()
  }
}
