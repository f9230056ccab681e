import Crypto
import Foundation
import Kernels
public import OpenCL

/// Runs every kernel family on fixed inputs and compares the bits with those of a proved device.
///
/// A device whose bits differ (missing denormals, a wrong driver) must not take part: its results would be
/// others than every other device's.
public struct SelfTest: Sendable {
  /// What the test found.
  public enum Verdict: Sendable, Hashable, Codable {
    /// All bits are the reference's.
    case passed
    /// The first kernel, in the order of a training step, whose output differs.
    case differs(kernel: String)
    /// A call failed; the text names it.
    case failed(String)

    /// `passed`, or what is wrong.
    public var summary: String {
      switch self {
      case .passed: "passed"
      case .differs(let kernel): "bits differ in \(kernel)"
      case .failed(let reason): "failed: \(reason)"
      }
    }
  }

  private let cache: CacheFolder?
  private let readsVerdicts: Bool
  private let variant: KernelVariant?

  /// A self-test; with `cache`, the verdicts on a device, driver and kernel version are kept on disk.
  ///
  /// - Parameters:
  ///   - cache: Keeps verdicts and built programs.
  ///   - readsVerdicts: Whether a verdict that is there is believed; a device that failed is tested anew.
  ///   - variant: How the kernels are written that are to be used; nil for what suits each device.
  public init(cache: CacheFolder?, readsVerdicts: Bool = true, variant: KernelVariant? = nil) {
    self.variant = variant
    self.cache = cache
    self.readsVerdicts = readsVerdicts
  }

  /// The verdict on a device, from the cache or from a run, most of which is compiling the kernels.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - kernels: The kernels that must be right; all by default. Cases that they do not need are left out.
  /// - Returns: The first verdict that is no pass, or a pass.
  public func verdict(on device: Device, kernels: Set<String>? = nil) -> Verdict {
    for testCase in SelfTestCase.covering(kernels) {
      let verdict = verdict(on: device, testCase)
      guard verdict == .passed else { return verdict }
    }
    return .passed
  }

  private func verdict(on device: Device, _ testCase: SelfTestCase) -> Verdict {
    let variant = variant ?? KernelVariant(for: device)
    let file = cache?.verdicts.appendingPathComponent(
      Self.key(device, testCase, variant) + ".json")
    if readsVerdicts, let file, let data = try? Data(contentsOf: file),
      let verdict = try? JSONDecoder().decode(Verdict.self, from: data)
    {
      return verdict
    }
    let verdict: Verdict
    do {
      verdict = Self.compare(
        try Self.hashes(testCase, on: device, variant, cache: cache?.programs), testCase)
      if let file, let data = try? JSONEncoder().encode(verdict) {
        // The cache only saves time: a folder that cannot be written is no error.
        try? FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? data.write(to: file, options: .atomic)
      }
    } catch {
      verdict = .failed("\(error)")
    }
    return verdict
  }

  /// The first step whose hash is not the reference's.
  package static func compare(
    _ hashes: [(step: String, hash: String)], _ testCase: SelfTestCase
  ) -> Verdict {
    let reference = testCase.reference
    for (actual, expected) in zip(hashes, reference) where actual.hash != expected.hash {
      return .differs(kernel: String(actual.step.prefix { $0 != " " }))
    }
    return hashes.count == reference.count ? .passed : .failed("the reference has other steps")
  }

  /// A hash of what each step of a small training step writes, in order.
  package static func hashes(
    _ testCase: SelfTestCase, on device: Device, _ variant: KernelVariant, cache: ProgramCache?
  ) throws -> [(step: String, hash: String)] {
    try SelfTestRun(testCase.networks, device: device, cache: cache, kernels: variant).hashes
  }

  /// Changes when the device, its driver or any kernel does.
  private static func key(
    _ device: Device, _ testCase: SelfTestCase, _ variant: KernelVariant
  ) -> String {
    let identity = [
      testCase.rawValue, variant.rawValue, device.platformName, device.platformVersion, device.name,
      device.vendor,
      device.driverVersion, "\(testCase.reference.map(\.hash))",
    ]
    let sources = KernelFamily.all.map(\.source)
    return digest(Data((identity + sources).joined(separator: "\0").utf8))
  }

  /// The first 16 hexadecimal digits of SHA-256.
  static func digest(_ data: Data) -> String {
    SHA256.hash(data: data).prefix(8).map { String(format: "%02x", $0) }.joined()
  }
}
