import Chorus

/// The devices of a run: selected, tested, and their speeds estimated.
struct Placement {
  let members: [DeviceSelection.Member]
  let participants: [Participant]
  let notes: [String]
  /// One whole device of the run, for the proof that the placement changes nothing.
  let alone: Participant

  /// Selects and tests the devices.
  ///
  /// - Parameters:
  ///   - options: What the user asked for.
  ///   - run: The run; devices are tested for the kernels that it needs.
  /// - Throws: A `CommandFailure` for devices that are not there or compute other bits.
  init(_ options: TrainOptions, _ run: RecipeRun) throws {
    let inventory = try Host.inventory()
    let cache = CacheFolder()
    let variant = options.kernels.variant
    let probe = SpeedProbe(cache: cache.programs, variant: variant)
    let selection: DeviceSelection
    do {
      selection = try Self.select(options, inventory, probe)
    } catch let error as DeviceSelectionError {
      throw CommandFailure.usage("\(error)")
    }
    try Compilation.prepare(run, selection)
    try Self.check(
      selection, inventory, SelfTest(cache: cache, variant: variant), kernels: run.kernels)
    members = selection.members
    notes = selection.notes
    let isAlone = members.count == 1
    participants = try members.map { member in
      Participant(
        device: member.device, name: member.name,
        expectedSeconds: isAlone ? 1 : try member.probeSeconds ?? probe.seconds(on: member.device),
        link: try LinkProbe.link(to: member.device))
    }
    let whole = inventory.entries[members[0].index]
    alone = Participant(device: whole.device, name: "\(whole.index)")
  }

  /// The devices of a request, tested for the kernels that are needed; untested where none are given.
  static func select(
    _ request: DeviceRequest, kernels: Set<String>? = nil, variant: KernelVariant? = nil
  ) throws -> DeviceSelection {
    let inventory = try Host.inventory()
    let cache = CacheFolder()
    do {
      let selection = try DeviceSelection(request, from: inventory) {
        try SpeedProbe(cache: cache.programs, variant: variant).seconds(on: $0)
      }
      if let kernels {
        try check(
          selection, inventory, SelfTest(cache: cache, variant: variant), kernels: kernels)
      }
      return selection
    } catch let error as DeviceSelectionError {
      throw CommandFailure.usage("\(error)")
    }
  }

  /// What a device must pass when it is used again after a fault: the self-test, run anew.
  static func selfTest(
    kernels: Set<String>, variant: KernelVariant?
  ) -> @Sendable (Device) throws -> Void {
    { device in
      let test = SelfTest(cache: CacheFolder(), readsVerdicts: false, variant: variant)
      let verdict = test.verdict(on: device, kernels: kernels)
      guard verdict == .passed else {
        throw CommandFailure.failed("it does not pass the self-test: \(verdict.summary)")
      }
    }
  }

  private static func select(
    _ options: TrainOptions, _ inventory: DeviceInventory, _ probe: SpeedProbe
  ) throws -> DeviceSelection {
    let request = try options.request()
    let selection = try DeviceSelection(request, from: inventory) { try probe.seconds(on: $0) }
    guard options.prove != nil, options.devices == nil, selection.members.count == 1,
      let only = selection.members.first, only.device.canPartitionEqually,
      only.device.computeUnitCount % 2 == 0
    else { return selection }
    let halves = try DeviceSelection(
      .list([DeviceRequest.Item(index: only.index, parts: 2)]), from: inventory
    ) { try probe.seconds(on: $0) }
    return DeviceSelection(
      members: halves.members,
      notes: selection.notes + [
        "There is one device, so the run uses two halves of it: --devices \(only.index)/2."
      ])
  }

  /// Refuses devices whose arithmetic is not the reference's: they would change the weights.
  static func check(
    _ selection: DeviceSelection, _ inventory: DeviceInventory, _ test: SelfTest,
    kernels: Set<String>
  ) throws {
    for index in Set(selection.members.map(\.index)).sorted() {
      let device = inventory.entries[index].device
      let verdict = test.verdict(on: device, kernels: kernels)
      guard verdict != .passed else { continue }
      throw CommandFailure.failed(
        "device \(index) (\(device.name), \(device.platformName)) does not pass the self-test:"
          + " \(verdict.summary). Train without it: --devices with the indices of others")
    }
  }
}
