/// A fault that a drill injects: `step=5 device=1 fault=slow:4`.
public struct Injection: Sendable, Hashable, Codable {
  /// What happens to the device.
  public enum Kind: Sendable, Hashable, Codable {
    /// A call fails.
    case error
    /// A call never returns.
    case hang
    /// The device computes wrong bits from now on.
    case bits
    /// The device takes so many times as long from now on.
    case slow(Double)
    /// The device disappears: every call fails.
    case leave
    /// The device returns, or is there for the first time.
    case join
  }

  /// The step, counted from 1, in which it happens.
  public let step: Int
  /// The replica: its name, or its position among the replicas, from 0.
  public let device: String
  /// What happens.
  public let kind: Kind

  /// A fault of one device in one step.
  public init(step: Int, device: String, kind: Kind) {
    self.step = step
    self.device = device
    self.kind = kind
  }

  /// Reads `step=5 device=1 fault=error|hang|bits|slow:4|leave|join`.
  ///
  /// - Throws: `InjectionError`, which says what is wrong.
  public init(_ text: String) throws(InjectionError) {
    var fields: [Substring: Substring] = [:]
    for word in text.split(whereSeparator: { $0 == " " || $0 == "," }) {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, ["step", "device", "fault"].contains(parts[0]),
        fields.updateValue(parts[1], forKey: parts[0]) == nil
      else { throw InjectionError(text: text, problem: "\"\(word)\" does not belong there") }
    }
    guard let stepText = fields["step"], let step = Int(stepText), step >= 1 else {
      throw InjectionError(text: text, problem: "step must be a whole number from 1")
    }
    guard let device = fields["device"] else {
      throw InjectionError(text: text, problem: "device is missing")
    }
    guard let fault = fields["fault"], let kind = Self.kind(fault) else {
      throw InjectionError(
        text: text,
        problem:
          "fault must be error, hang, bits, leave, join, or slow: with a number such as slow:4")
    }
    self.init(step: step, device: String(device), kind: kind)
  }

  private static func kind(_ text: Substring) -> Kind? {
    switch text {
    case "error": return .error
    case "hang": return .hang
    case "bits": return .bits
    case "leave": return .leave
    case "join": return .join
    default:
      let parts = text.split(separator: ":")
      guard parts.count == 2, parts[0] == "slow", let factor = Double(parts[1]),
        (1...1000).contains(factor)
      else { return nil }
      return .slow(factor)
    }
  }
}

/// Why a text is no fault to inject.
public struct InjectionError: Error, CustomStringConvertible, Sendable {
  /// The text, and what is wrong with it.
  public let text: String, problem: String
  /// One sentence, with an example.
  public var description: String {
    "\"\(text)\" is no fault: \(problem); an example is 'step=5 device=1 fault=error'"
  }
}
