import Chorus
import Foundation

/// A mean loss and a share of right predictions, in the words of the network's task.
struct Measures {
  let loss: Double
  let correctCount: Int
  let countedCount: Int
  /// Whether predictions are tokens.
  let isLanguageModel: Bool

  /// Share of right predictions.
  var accuracy: Double {
    countedCount == 0 ? 0 : Double(correctCount) / Double(countedCount)
  }

  private var percentage: Double { 100 * accuracy }

  /// Tokens among which a guess would lose as much; nil for other networks.
  var perplexity: Double? { isLanguageModel ? exp(loss) : nil }

  /// `loss 0.0883, accuracy 97.60 %`, or `loss 2.4130 nats, perplexity 11.17, 30.20 % of tokens predicted`.
  var text: String {
    if let perplexity {
      return String(
        format: "loss %.4f nats, perplexity %.2f, %.2f %% of tokens predicted", loss, perplexity,
        percentage)
    }
    return String(format: "loss %.4f, accuracy %.2f %%", loss, percentage)
  }

  /// The same for the progress bar.
  var short: String {
    if let perplexity {
      return String(
        format: "loss %.3f ppl %.1f tokens %.1f%%", loss, perplexity, percentage)
    }
    return String(format: "loss %.3f acc %.1f%%", loss, percentage)
  }

  /// `held-out accuracy: 99.25 % (1985 of 2000), loss 0.0246`, or the loss first for a language model.
  var heldOutText: String {
    if let perplexity {
      return String(
        format: "held-out loss: %.4f nats, perplexity %.2f; %.2f %% of tokens predicted (%d of %d)",
        loss, perplexity, percentage, correctCount, countedCount)
    }
    return String(
      format: "held-out accuracy: %.2f %% (%d of %d), loss %.4f", percentage, correctCount,
      countedCount, loss)
  }
}

extension Measures {
  /// The measures of an evaluation.
  init(_ evaluation: Evaluation, isLanguageModel: Bool) {
    self.init(
      loss: evaluation.loss, correctCount: evaluation.correctCount,
      countedCount: evaluation.countedCount, isLanguageModel: isLanguageModel)
  }
}
