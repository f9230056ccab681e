/// How much of the communication computation hid, per step and over all of them.
///
/// For one device, every moment of a step is one of:
/// - **computing**: it runs kernels of forward, backward, the optimizer or an audit;
/// - **exposed communication**: it runs none, while a download or upload of its own or a sum of the host runs;
/// - **input**: neither, while examples are uploaded to it;
/// - **waiting**: nothing of this, mostly because another device is not done.
///
/// They add up to the step. Communication is hidden where it runs at the same time as the device's kernels. Sums of
/// the host concern every device: each gets its gradients from them.
public struct OverlapReport: Sendable, Codable {
  /// How one device spent time, in seconds.
  public struct Times: Sendable, Codable, Equatable {
    /// The whole.
    public var step = 0.0
    /// Kernels.
    public var computing = 0.0
    /// Gradients move or are added up, hidden or not.
    public var communication = 0.0
    /// The part of `communication` during which the device computes.
    public var hidden = 0.0
    /// The rest of it.
    public var exposed = 0.0
    /// Examples are uploaded and nothing else runs.
    public var input = 0.0
    /// Nothing runs.
    public var waiting = 0.0

    /// Hidden part of the communication; 1 if there is none.
    public var hiddenShare: Double { communication > 0 ? hidden / communication : 1 }
    /// Exposed communication as a share of the step.
    public var exposedShare: Double { step > 0 ? exposed / step : 0 }
  }

  /// One step.
  public struct Step: Sendable, Codable {
    /// Its number.
    public let step: Int
    /// Seconds of the recording at which it began and ended.
    public let start, end: Double
    /// How each device spent it, in the order of `devices`.
    public let times: [Times]
    /// The device that finishes last, for which the others wait: index in `devices`.
    public let critical: Int
  }

  /// One device over all steps: medians, which an interruption of a few steps does not move.
  public struct Device: Sendable, Codable {
    /// Its name, such as `device 0/2[1]`.
    public let name: String
    /// Medians over the steps, each by itself: they need not add up.
    public let median: Times
    /// Median of the hidden part of the communication.
    public let hiddenShare: Double
    /// Median of the exposed communication, as a share of the step.
    public let exposedShare: Double
    /// The largest such share.
    public let worstExposedShare: Double
    /// The step that has it.
    public let worstStep: Int
    /// Steps in which the device was the one that finishes last.
    public let criticalSteps: Int
  }

  /// Where communication was exposed.
  public struct Exposure: Sendable, Codable {
    /// Download, reduce or upload.
    public let activity: Activity
    /// Of what, such as `bucket 3`.
    public let name: String
    /// Mean over the steps, on the device that finishes last. Where two overlap, both count.
    public let secondsPerStep: Double
  }

  /// What the project aims at: at most this share of a step exposed.
  public static let aim = 0.05

  /// The steps that were measured, in order.
  public let steps: [Step]
  /// Steps at the beginning that were left out as warm-up.
  public let leftOut: Int
  /// The devices, in the order of their names.
  public let devices: [Device]
  /// Exposed share of the step on the device that finishes last: median over the steps.
  public let exposedShare: Double
  /// The largest such share.
  public let worstExposedShare: Double
  /// The step that has it.
  public let worstStep: Int
  /// Mean over the devices of the exposed share: median over the steps.
  public let meanExposedShare: Double
  /// What was exposed on the device that finishes last, longest first.
  public let exposures: [Exposure]
}
