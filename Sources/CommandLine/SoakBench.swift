import ArgumentParser
import Chorus
import Foundation

/// `chorus bench soak`.
struct SoakBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "Trains for long while devices fail, and watches the memory.",
    discussion: """
      Devices fail, hang, slow down, leave and return, as a seed decides; the first one only slows down, so that the \
      run goes on. Beside it the same network is trained on one device without any fault, and every so many steps \
      the weights of both must have the same SHA-256. Resident memory and OpenCL objects must not grow: what \
      is held at the least in the last quarter of the time is compared with that in the second.
      """)

  @Option(
    parsing: .unconditional, help: "How long.")
  var minutes = 2.0

  @Option(help: "Replicas, as for `chorus train --devices`; at least two.")
  var devices = "0/2"

  @Option(parsing: .unconditional, help: "Decides the faults.")
  var seed: UInt64 = 1

  @Option(parsing: .unconditional, help: "Steps from one fault to the next, on average.")
  var every = 40

  @Option(help: ArgumentHelp("Also write the samples as JSON.", valueName: "file"))
  var out: String?

  func validate() throws {
    guard minutes > 0 else { throw ValidationError("--minutes \(minutes) must be positive.") }
    guard every > 0 else { throw ValidationError("--every \(every) must be at least 1.") }
    guard DeviceRequest(devices) != nil else {
      throw ValidationError("--devices \(devices) is not a request; see chorus train --help.")
    }
  }

  func run() throws {
    let inventory = try Host.inventory()
    let selection: DeviceSelection
    do {
      selection = try DeviceSelection(
        DeviceRequest(devices) ?? .every, from: inventory
      ) { try SpeedProbe(cache: CacheFolder().programs).seconds(on: $0) }
    } catch let error as DeviceSelectionError {
      throw CommandFailure.usage("\(error)")
    }
    guard selection.members.count > 1 else {
      throw CommandFailure.usage("a soak needs two replicas at least, such as --devices 0/2")
    }
    // One heap: by default glibc opens another one for a new thread now and then, and each device that returns has
    // new threads, so that memory would grow by steps for a while without any leak.
    Self.limitHeaps(to: 1)
    let result = try Soak(selection.members, seed: seed, every: every).run(seconds: minutes * 60)
    if let out {
      let described = selection.members.map {
        DeviceDescription($0.device, index: $0.index, selfTest: .passed)
      }
      try BenchReport(devices: described, results: [result]).write(to: out)
    }
    if let problem = result.problem { throw CommandFailure.failed(problem) }
  }

  /// glibc's `mallopt(M_ARENA_MAX, count)`, which Swift does not import; elsewhere nothing.
  private static func limitHeaps(to count: Int32) {
    let arenaMax: Int32 = -8
    guard let function = dlsym(nil, "mallopt") else { return }
    _ = unsafeBitCast(function, to: (@convention(c) (Int32, Int32) -> Int32).self)(arenaMax, count)
  }
}
