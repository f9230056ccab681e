/// Why training cannot go on; the committed weights are untouched.
public enum TrainingError: Error, CustomStringConvertible {
  /// The mean loss of a step is not finite.
  case diverged(step: Int, loss: Double, rate: Double)
  /// A parameter's gradient is not finite.
  case gradientNotFinite(step: Int, parameter: String, rate: Double)
  /// A configuration that cannot run; the text says what to change.
  case invalidConfiguration(String)
  /// A device failed; the cause names the call.
  case deviceFailed(device: String, cause: any Error)
  /// Two replicas hold different weights after the same steps.
  case replicasDiffer(String, String)

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
    case .deviceFailed(let device, let cause): "device \(device) failed: \(cause)"
    case .replicasDiffer(let first, let second):
      "\(first) and \(second) hold different weights after the same steps: one of them computes"
        + " wrong; run `chorus devices` to see their self-tests"
    }
  }
}
