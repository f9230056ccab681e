/// Why training cannot go on; the committed weights are untouched.
public enum TrainingError: Error, CustomStringConvertible {
  /// The mean loss of a step is not finite.
  case diverged(step: Int, loss: Double, rate: Double)
  /// A parameter's gradient is not finite.
  case gradientNotFinite(step: Int, parameter: String, rate: Double)
  /// A configuration that cannot run; the text says what to change.
  case invalidConfiguration(String)
  /// The last device was given up; the state after the committed steps is still there.
  case noDeviceLeft(step: Int, last: String?)
  /// Devices compute other bits of the same grain, and nothing tells which are right.
  case devicesDisagree(grain: Int, devices: [String], step: Int)

  /// One sentence with the remedy.
  public var description: String {
    switch self {
    case .diverged(let step, let loss, let rate):
      "training diverged: the loss of step \(step + 1) is \(loss.isNaN ? "not a number" : "infinite") at learning rate \(rate);"
        + " use a smaller --learning-rate"
    case .gradientNotFinite(let step, let parameter, let rate):
      "training diverged: the gradient of \(parameter) is not finite at step \(step + 1)"
        + " with learning rate \(rate); use a smaller --learning-rate"
    case .invalidConfiguration(let problem): problem
    case .noDeviceLeft(let step, let last):
      "no device is left to train on\(last.map { "; \($0)" } ?? ""). \(step) steps are committed"
    case .devicesDisagree(let grain, let devices, let step):
      "\(devices.joined(separator: " and ")) compute other bits of grain \(grain) of step \(step + 1), and there is"
        + " no third device to tell which is right; train with one of them alone, or with another device"
    }
  }
}
