import ArgumentParser
import Chorus
import Foundation
import Timeline

/// The options of `chorus train` that say how devices are watched, and what a drill does to them.
struct EngineOptions: ParsableArguments {
  @Flag(
    help: "Print what is known of each device's speed, the split and what it was expected to take.")
  var explain = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Elements after which a bucket of gradients is sent (default: what suits the devices' links).",
      valueName: "count"))
  var bucket: Int?

  @Option(
    help: ArgumentHelp(
      "Write what devices and host do, and when, as a trace for `chorus trace` and ui.perfetto.dev.",
      valueName: "file"))
  var trace: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Every so many steps two devices compute the same grain and compare bits; 0 for never.",
      valueName: "steps"))
  var audit = 50

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A device that takes this much longer than twenty times what it should is given up.",
      valueName: "seconds"))
  var patience = 5.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Try a device that was given up again after so long, then after twice as long; 0 for never.",
      valueName: "seconds"))
  var retry = 30.0

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A drill: make a device fail, such as 'step=5 device=1 fault=error'; may be given several times.",
      discussion: """
        Faults are error, hang, bits (wrong ones, from then on), slow:4 (four times slower from then on; slow:1 ends it), leave and \
        join. Steps count from 1; a device is named as in the list of replicas, or counted from 0. A device that \
        first joins is not there before.
        """, valueName: "fault"))
  var inject: [String] = []

  @Flag(
    help: ArgumentHelp(
      "Give each device a process of its own: a driver that crashes is a fault like any other.",
      discussion: "The weights are the same. What crosses over goes through shared memory."))
  var isolate = false

  func validate() throws {
    if let bucket, bucket < 1 {
      throw ValidationError("--bucket \(bucket) must be at least 1.")
    }
    guard audit >= 0 else { throw ValidationError("--audit \(audit) must be at least 0.") }
    guard patience > 0 else { throw ValidationError("--patience \(patience) must be positive.") }
    guard retry >= 0 else { throw ValidationError("--retry \(retry) must be at least 0.") }
    _ = try injections()
  }

  /// `--inject` as values.
  func injections() throws -> [Injection] {
    do {
      return try inject.map { try Injection($0) }
    } catch {
      throw ValidationError("--inject \(error)")
    }
  }

  /// Sets what changes no bit.
  func apply(to configuration: inout TrainerConfiguration, replicas: [String]) throws {
    configuration.buckets = bucket.map { BucketSizes(others: $0) }
    configuration.auditInterval = audit
    configuration.patience.least = patience
    configuration.retrySeconds = retry > 0 ? retry : nil
    configuration.injections = try injections()
    if let trace {
      let recorder = Recorder()
      do {
        try recorder.write(to: URL(fileURLWithPath: trace))
      } catch {
        throw CommandFailure.usage("--trace \(trace): \(error)")
      }
      configuration.trace = recorder
    }
    for injection in configuration.injections {
      guard
        replicas.contains(injection.device)
          || replicas.indices.map(String.init).contains(injection.device)
      else {
        throw CommandFailure.usage(
          "--inject names device \(injection.device), but the replicas are \(replicas.joined(separator: ", "))"
        )
      }
    }
  }
}
