import ComputeGraph
import OpenCL
import Synchronization

/// Times of every launch of a device, summed by kernel and operand: what a step's time goes to.
///
/// Only for measuring: each launch keeps an event, and its queue must have been created with `profiling`.
public final class LaunchProfile: Sendable {
  /// All launches of one kernel on one operand.
  public struct Entry: Sendable, Hashable {
    /// Name of the kernel.
    public let kernel: String
    /// The parameter whose gradient it adds to, or the tensor that it writes.
    public let operand: String
    /// Rows, vectors and taps of its register tile, where it has one.
    public let tile: Tile?
    /// How often it ran.
    public internal(set) var calls = 0
    /// How long it ran, on the device's clock.
    public internal(set) var seconds = 0.0
    /// Floating-point operations, an fma being two; 0 where only bytes count.
    public internal(set) var operations = 0.0
    /// Bytes of its operands, each counted once.
    public internal(set) var byteCount = 0.0
  }

  private let state = Mutex<[[String]: Entry]>([:])

  /// An empty profile.
  public init() {}

  /// What has been recorded, the longest first.
  public var entries: [Entry] {
    state.withLock { $0.values.sorted { ($1.seconds, $0.kernel) < ($0.seconds, $1.kernel) } }
  }

  /// Forgets what has been recorded.
  public func clear() { state.withLock { $0 = [:] } }

  func add(_ identity: LaunchIdentity, seconds: Double, operations: Double, byteCount: Double) {
    state.withLock { entries in
      let key = [identity.kernel, identity.operand, "\(identity.tile, default: "")"]
      var entry =
        entries[key]
        ?? Entry(kernel: identity.kernel, operand: identity.operand, tile: identity.tile)
      entry.calls += 1
      entry.seconds += seconds
      entry.operations += operations
      entry.byteCount += byteCount
      entries[key] = entry
    }
  }
}

/// What a launch is called in a profile.
struct LaunchIdentity {
  let kernel: String
  let operand: String
  var tile: Tile?
}

/// The launches of one plan that have been enqueued and not yet entered in the profile.
final class LaunchRecorder {
  private struct Pending {
    let identity: LaunchIdentity
    let operations: Double
    let byteCount: Double
    let event: Event
  }

  private let profile: LaunchProfile
  private var pending: [Pending] = []

  init(_ profile: LaunchProfile) { self.profile = profile }

  func add(_ identity: LaunchIdentity, operations: Double, byteCount: Double, event: Event) {
    pending.append(
      Pending(
        identity: identity, operations: operations, byteCount: byteCount, event: event))
  }

  /// Enters all launches in the profile; the queue must be finished.
  func flush() throws(OpenCLError) {
    for launch in pending {
      profile.add(
        launch.identity, seconds: try launch.event.profile().seconds,
        operations: launch.operations, byteCount: launch.byteCount)
    }
    pending = []
  }
}
