/// What a device or the host did during a span of time.
public enum Activity: String, Codable, CaseIterable, Sendable {
  /// Examples go to a device.
  case input
  /// Kernels of forward and backward.
  case compute
  /// Sums of gradients go to the host.
  case download
  /// The host adds the devices' sums.
  case reduce
  /// Reduced gradients go to a device.
  case upload
  /// Kernels of the optimizer.
  case update
  /// The scheduler splits a batch.
  case decision
  /// A device is abandoned, or joins.
  case fault
  /// A grain is computed a second time, to check a device.
  case audit
  /// The run is saved.
  case checkpoint

  /// What the overlap of communication and computation counts an activity as.
  public enum Kind: Sendable {
    /// Gradients move or are added up: time that computation should hide.
    case communication
    /// A device runs kernels.
    case computation
    /// Neither.
    case other
  }

  /// Communication, computation or neither.
  public var kind: Kind {
    switch self {
    case .download, .reduce, .upload: .communication
    case .compute, .update, .audit: .computation
    case .input, .decision, .fault, .checkpoint: .other
    }
  }

  /// Whether a step lasts until its last span of this activity ends.
  ///
  /// A checkpoint may be written while the next steps run, and a lost device does not end a step.
  var isPartOfStep: Bool { self != .checkpoint && self != .fault }
}
