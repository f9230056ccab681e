import ComputeGraph
import Coordination
import Execution
import OpenCL

/// Makes the replicas of a run, and makes them anew after a fault.
struct ReplicaFactory {
  /// Most grains of one wave, by participant.
  let waveGrains: [Int]
  /// How products are cut, by participant.
  private let tiles: [TileChoice]
  private let configuration: TrainerConfiguration
  private let plan: Plan
  private let layout: BucketLayout
  private let participants: [Participant]

  init(
    _ configuration: TrainerConfiguration, _ plan: Plan, _ layout: BucketLayout,
    _ participants: [Participant]
  ) {
    self.configuration = configuration
    self.plan = plan
    self.layout = layout
    self.participants = participants
    waveGrains = participants.map { configuration.waveGrains(of: plan, on: $0.device) }
    tiles = participants.map { configuration.tiles(for: $0.device) }
  }

  /// A replica that is yet to be prepared; `step`, counted from 0, is the first that it may take part in.
  func port(_ index: Int, step: Int, events: Mailbox<EngineEvent>) -> any ReplicaPort {
    let participant = participants[index]
    let injections = configuration.injections.of(index, among: participants.map(\.name))
    if let isolation = configuration.isolation {
      return isolated(isolation, index, injections, step: step, events: events)
    }
    return Replica(
      Replica.Configuration(
        name: participant.name, device: participant.device, plan: plan,
        layout: layout, grain: configuration.grain, waveGrains: waveGrains[index],
        optimizer: configuration.optimizer.optimizer,
        keepsAverages: configuration.optimizer.averageDecay != nil, seed: configuration.seed,
        tiles: tiles[index], kernels: participant.kernels ?? configuration.kernels,
        cache: configuration.programCache, trace: configuration.trace,
        profile: configuration.profile,
        selfTest: step > 0 ? configuration.selfTest : nil), events: events,
      injector: injections.isEmpty ? nil : Injector(injections, start: step + 1))
  }

  /// The same in a process of its own.
  private func isolated(
    _ isolation: Isolation, _ index: Int, _ injections: [Injection], step: Int,
    events: Mailbox<EngineEvent>
  ) -> any ReplicaPort {
    let (participant, optimizer) = (participants[index], configuration.optimizer)
    let setup = ReplicaSetup(
      name: participant.name, step: step, waveGrains: waveGrains[index], buckets: layout.sizes,
      device: participant.device.name, driver: participant.device.driverVersion,
      digest: plan.digest(configuration),
      injections: injections.map {
        // In its own process it is the only one.
        Injection(step: $0.step, device: participant.name, kind: $0.kind)
      })
    return IsolatedReplica(
      IsolatedReplica.Configuration(
        number: index, executable: isolation.executable,
        arguments: isolation.arguments(participant), setup: setup, optimizer: optimizer.optimizer,
        layout: layout,
        memory: SharedLayout(
          layout, plan: plan, capacity: waveGrains[index] * configuration.grain,
          optimizer: optimizer.optimizer, keepsAverages: optimizer.averageDecay != nil)),
      events: events)
  }
}
