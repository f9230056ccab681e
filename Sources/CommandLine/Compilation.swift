import Chorus
import Foundation

/// Compiles the kernels of a run in several processes, the first time that a driver sees them.
enum Compilation {
  /// A process is worth its start for so many kernels.
  private static let kernelsPerProcess = 6

  /// Compiles what the self-test and the replicas need on the selected processors, and waits.
  ///
  /// Of drivers for GPUs nobody has found yet that they compile one kernel at a time.
  ///
  /// - Parameters:
  ///   - run: The recipe's run.
  ///   - selection: The devices.
  /// - Throws: `GraphError` for a network that cannot be planned.
  static func prepare(_ run: RecipeRun, _ selection: DeviceSelection) throws {
    let cache = CacheFolder()
    var missing: [(index: Int, builds: [KernelBuild], record: KernelBuildRecord)] = []
    for (index, members) in Dictionary(grouping: selection.members, by: \.index) {
      guard let device = members.first?.device,
        run.configuration.kernels ?? KernelVariant(for: device) == .cpu
      else { continue }
      var builds = SelfTest.builds(kernels: run.kernels, on: device)
      for member in members {
        builds.formUnion(try run.configuration.builds(on: member.device))
      }
      let record = KernelBuildRecord(builds.sorted(), on: device, in: cache)
      if !record.exists { missing.append((index, builds.sorted(), record)) }
    }
    for (index, builds, record) in missing.sorted(by: { $0.index < $1.index }) {
      compile(builds, index: index)
      record.note()
    }
  }

  private static func compile(_ builds: [KernelBuild], index: Int) {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let count = min(processors, builds.count / kernelsPerProcess)
    guard count > 1 else { return }
    Console.bar("compiling \(builds.count) kernels for device \(index), once ...")
    // Kernels of one name take about as long to compile: they are dealt out in turn.
    let shares = (0..<count).map { share in
      builds.indices.filter { $0 % count == share }.map { builds[$0] }
    }
    let processes = shares.compactMap { try? start($0, index: index) }
    for process in processes { process.waitUntilExit() }
  }

  private static func start(_ builds: [KernelBuild], index: Int) throws -> Process {
    let process = Process()
    // The program itself, also where its file has been replaced meanwhile.
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe")
    let text = String(decoding: try JSONEncoder().encode(builds), as: UTF8.self)
    process.arguments = ["compile", "--device", "\(index)", "--", text]
    process.standardInput = FileHandle.nullDevice
    // Drivers speak while they compile.
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }
}
