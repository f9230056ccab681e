import Chorus
import Foundation

/// A long run with random faults, beside one without any.
final class Soak {
  /// What the process held at one moment.
  struct Sample: Encodable {
    let seconds: Double
    let steps: Int
    /// Devices that were given up, and those that joined, so far.
    let lost: Int, joined: Int
    let residentMegabytes: Double
    let objects: Int
  }

  /// What came of it.
  struct Result: Encodable {
    let seed: UInt64
    let steps: Int
    /// Times that both runs' weights were compared; all were equal.
    let comparisons: Int
    let lost: Int, joined: Int
    /// The least of the second and of the last quarter of the time.
    let residentMegabytes: [Double]
    /// The least of the first and of the second half of `restingObjects`.
    let objects: [Int]
    /// OpenCL objects at the end of each rest in which all devices took part: none is held that was given up.
    let restingObjects: [Int]
    let samples: [Sample]
    /// What must not be; nil if all is well.
    var problem: String?
  }

  private static let comparedSteps = 100
  /// Of so many steps the last ones have no faults: all devices return.
  private static let cycle = 4000, rest = 1000
  /// Steps that faults are drawn for; two hours have fewer.
  private static let mostSteps = 4_000_000

  private let faulty: Trainer
  private let calm: Trainer
  private let counts = Counts()
  private let seed: UInt64
  /// When memory had settled.
  private var started: ContinuousClock.Instant?
  private var samples: [Sample] = []
  private var restingObjects: [Int] = []
  private var least = Int.max
  private var comparisons = 0

  /// Counts what the notices tell.
  private final class Counts {
    var lost = 0, joined = 0
  }

  init(_ members: [DeviceSelection.Member], seed: UInt64, every: Int) throws {
    self.seed = seed
    let model = Model.perceptron(classes: 10, widths: [64])
    var configuration = try TrainerConfiguration(
      graph: model.graph(), batch: 64, grain: 4, steps: Self.mostSteps, seed: seed,
      optimizer: OptimizerSettings(.adamW(), rate: 1e-3))
    configuration.programCache = CacheFolder().programs
    let data = DrawnDigits.make(seed: seed, trainingCount: 1000, heldOutCount: 1).training
    let participants = members.map { Participant(device: $0.device, name: $0.name) }
    calm = try Trainer(configuration, source: data, participants: [participants[0]])
    configuration.patience = Patience(least: 1.5, factor: 20, unknown: 10)
    configuration.retrySeconds = 0.05
    configuration.injections = Self.faults(
      replicas: participants.count, seed: seed, every: every, steps: Self.mostSteps)
    faulty = try Trainer(
      configuration, source: data, participants: participants,
      onNotice: { [counts] notice in
        switch notice {
        case .lost: counts.lost += 1
        case .joined: counts.joined += 1
        case .tookOver: break
        }
      })
  }

  /// Faults at random steps; a device that leaves returns a few steps later.
  private static func faults(
    replicas: Int, seed: UInt64, every: Int, steps: Int
  ) -> [Injection] {
    let philox = Philox(seed: seed)
    var faults: [Injection] = []
    var step = 10
    var index: UInt32 = 0
    while step < steps {
      if step % cycle >= cycle - rest { step += rest }
      let words = philox.block(SIMD4(index, 0, 0, 2001))
      index += 1
      step += 1 + Int(words[0]) % (2 * every)
      let device = 1 + Int(words[1]) % (replicas - 1)
      func add(_ step: Int, _ device: Int, _ kind: Injection.Kind) {
        faults.append(Injection(step: step, device: "\(device)", kind: kind))
      }
      switch words[2] % 20 {
      case 0..<9: add(step, device, .error)
      case 9..<11: add(step, device, .hang)
      case 11..<15:
        let slow = Int(words[3]) % replicas
        add(step, slow, .slow(Double(2 + words[3] % 3)))
        add(step + 20, slow, .slow(1))
      default:
        add(step, device, .leave)
        add(step + 1 + Int(words[3]) % 20, device, .join)
      }
    }
    return faults
  }

  /// Memory settles over the first steps, however long a busy machine takes for them: drivers and the heap grow to what
  /// they need.
  private static let warmUpSteps = 10_000

  /// Trains both for so many seconds, after the steps that let memory settle.
  func run(seconds: Double) throws -> Result {
    while faulty.stepCount < Self.warmUpSteps {
      guard try step() else { return difference() }
    }
    started = ContinuousClock.now
    let pause = max(1, seconds / 120)
    var next = pause / 2
    while elapsed < seconds {
      guard try step() else { return difference() }
      if elapsed >= next {
        next += pause
        sample()
      }
    }
    return report()
  }

  /// Counts what is held when nothing is wrong: the least of some steps, since events come and go.
  private func countAtRest() {
    let position = faulty.stepCount % Self.cycle
    guard position == 0 || position > Self.cycle - 50 else { return }
    if counts.lost == counts.joined { least = min(least, OpenCLObjects.count) }
    guard position == 0 else { return }
    if least < .max { restingObjects.append(least) }
    least = .max
  }

  /// A step of both; whether their weights, where they are compared, are equal.
  private func step() throws -> Bool {
    try faulty.step()
    try calm.step()
    if started != nil { countAtRest() }
    guard faulty.stepCount % Self.comparedSteps == 0 else { return true }
    comparisons += 1
    return faulty.weights().sha256 == calm.weights().sha256
  }

  private func difference() -> Result {
    var result = result()
    result.problem = "the weights differ after \(faulty.stepCount) steps, seed \(seed)"
    return result
  }

  private var elapsed: Double { started.map { (ContinuousClock.now - $0).inSeconds } ?? 0 }

  private func sample() {
    let pages =
      (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?
      .split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
    samples.append(
      Sample(
        seconds: elapsed, steps: faulty.stepCount, lost: counts.lost, joined: counts.joined,
        residentMegabytes: pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e6,
        objects: OpenCLObjects.count))
    if samples.count % 10 == 0, let last = samples.last {
      Console.note(
        String(
          format: "%.0f s: %d steps, %d given up, %d joined, %.1f MB, %d OpenCL objects",
          last.seconds,
          last.steps, last.lost, last.joined, last.residentMegabytes, last.objects))
    }
  }

  private func result() -> Result {
    let half = restingObjects.count / 2
    func least(_ value: (Sample) -> Double) -> [Double] {
      let count = samples.count
      return [samples[count / 4..<count / 2], samples[(3 * count / 4)...]].map {
        $0.map(value).min() ?? 0
      }
    }
    return Result(
      seed: seed, steps: faulty.stepCount, comparisons: comparisons, lost: counts.lost,
      joined: counts.joined, residentMegabytes: least(\.residentMegabytes),
      objects: [restingObjects.prefix(half), restingObjects.suffix(half)].map { $0.min() ?? 0 },
      restingObjects: restingObjects, samples: samples)
  }

  private func report() -> Result {
    var result = result()
    let (memory, objects) = (result.residentMegabytes, result.objects)
    if memory[1] > memory[0] * 1.03 + 4 {
      result.problem = String(
        format: "resident memory grew from %.1f to %.1f MB", memory[0], memory[1])
    } else if restingObjects.count < 2 {
      result.problem = "the devices were hardly ever all there at rest: the time was too short"
    } else if objects[1] > objects[0] + 8 {
      result.problem = "OpenCL objects grew from \(objects[0]) to \(objects[1])"
    }
    Console.print(
      String(
        format: "%d steps, %d devices given up, %d joined; weights compared %d times, equal;",
        result.steps, result.lost, result.joined, result.comparisons))
    Console.print(
      String(
        format: "resident memory %.1f MB, then %.1f MB; OpenCL objects at rest %d, then %d",
        memory[0], memory[1], objects[0], objects[1]))
    return result
  }
}
