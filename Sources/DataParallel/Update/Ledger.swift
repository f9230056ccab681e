import ComputeGraph
import Execution

/// What has been committed, on the host: the state of some step, and the reduced gradients of all steps since.
///
/// A step is committed when its gradients are reduced, whatever becomes of the devices after that: from a state and
/// the gradients the updates follow, with the bits of the devices' own.
final class Ledger {
  private struct Entry {
    let numbers: UpdateNumbers
    let gradients: GradientSet
  }

  private let layout: BucketLayout
  private let update: HostUpdate
  /// Steps that are kept before the state is read anew.
  private let capacity: Int
  private var base: (step: Int, state: PlanState)
  private var entries: [Entry] = []
  private var used: [GradientSet] = []

  /// Bytes of gradients that are kept: more steps need fewer readings of a device's state.
  private static let byteLimit = 128 << 20

  /// A ledger that begins with the state after `step` committed steps.
  init(
    _ state: PlanState, step: Int, layout: BucketLayout, parameters: [Parameter],
    optimizer: Optimizer
  ) {
    self.layout = layout
    update = HostUpdate(layout: layout, parameters: parameters, optimizer: optimizer)
    base = (step, state)
    let byteCount = layout.buckets.reduce(0) { $0 + $1.count * 4 }
    capacity = min(32, max(1, Self.byteLimit / max(byteCount, 1)))
  }

  /// Committed steps.
  var step: Int { base.step + entries.count }

  /// Whether a device's state should be read, so that older gradients can be forgotten.
  var wantsState: Bool { entries.count >= capacity }

  /// The reduced gradients of the last step, for tests.
  private(set) var lastGradients: GradientSet?

  /// Memory for the gradients of the next step, which nobody uses any more.
  func makeSet() -> GradientSet {
    for index in used.indices where isKnownUniquelyReferenced(&used[index]) {
      return used.remove(at: index)
    }
    return GradientSet(layout)
  }

  /// Enters a step.
  func commit(_ numbers: UpdateNumbers, _ gradients: GradientSet) {
    entries.append(Entry(numbers: numbers, gradients: gradients))
    lastGradients = gradients
  }

  /// Takes over the state after `step` committed steps, as all devices have it.
  func adopt(_ state: PlanState, step: Int) {
    guard step > base.step, step <= self.step else { return }
    let count = step - base.step
    used += entries.prefix(count).map(\.gradients)
    entries.removeFirst(count)
    base = (step, state)
  }

  /// The committed state, computed on the host.
  func state() -> PlanState {
    advance(by: entries.count)
    return base.state
  }

  /// The state after `step` committed steps, computed on the host; nil if a later one was taken over.
  func state(after step: Int) -> PlanState? {
    guard (base.step...self.step).contains(step) else { return nil }
    advance(by: step - base.step)
    return base.state
  }

  private func advance(by count: Int) {
    for entry in entries.prefix(count) {
      let gradients = entry.gradients.buckets.map { UnsafePointer($0.pointer) }
      update.apply(entry.numbers, gradients: gradients, to: &base.state)
      used.append(entry.gradients)
    }
    base.step += count
    entries.removeFirst(count)
  }
}
