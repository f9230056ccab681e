public import Coordination

/// What happened to the devices of a run; training goes on.
public enum Notice: Sendable, Hashable, CustomStringConvertible {
  /// A device takes part from here on; `step` steps are committed.
  case joined(name: String, step: Int)
  /// A device was given up while step `step` (from 0) was computed.
  case lost(replica: Int, name: String, step: Int, fault: Fault)
  /// Others compute its grains in the same step.
  case tookOver(grains: Int, from: String)

  /// One sentence.
  public var description: String {
    switch self {
    case .joined(let name, let step):
      "device \(name) takes part from step \(step + 1) on"
    case .lost(_, let name, let step, let fault):
      "device \(name) was given up in step \(step + 1): \(Self.text(of: fault))"
    case .tookOver(let grains, let name):
      "\(grains) \(grains == 1 ? "grain" : "grains") of device \(name) are computed by the others"
    }
  }

  static func text(of fault: Fault) -> String {
    switch fault {
    case .failed(let reason): return reason
    case .silent(let work, let allowed):
      return "it did not \(verb(work)) within \((allowed * 10).rounded() / 10) s"
    case .wrongBits(let grain, let since):
      let before =
        since.map { "the last audit without a difference was in step \($0 + 1)" }
        ?? "no audit before found everything right"
      return "its bits of grain \(grain) are not those of two other computations; \(before)."
        + " What it computed in between may be wrong: to be sure, resume from a checkpoint before"
    case .wrongState(let step):
      return "its weights after step \(step) are not those that the committed gradients give."
        + " What it computed since the last checkpoint may be wrong: to be sure, resume from that"
    }
  }

  private static func verb(_ work: Work) -> String {
    switch work {
    case .prepare: "prepare"
    case .load: "take over the weights"
    case .compute(let portion): "compute \(portion.grains.count) grains"
    case .deliver: "hand in its gradients"
    case .evaluate(let grains): "evaluate \(grains.count) grains"
    case .upload(let bucket): "take bucket \(bucket) of the gradients"
    case .update: "update its weights"
    case .read: "give its weights"
    }
  }
}
