extension UpdateNumbers {
  /// The numbers as words, for another process: every bit is kept.
  package var words: [UInt32] {
    var words = [
      rate.bitPattern, decay.bitPattern, factor.bitPattern, inverseGrains.bitPattern,
      decaysBiases ? 1 : 0, averageShare == nil ? 0 : 1, (averageShare ?? 0).bitPattern,
    ]
    switch rule {
    case .sgd(let momentum, let nesterov):
      words += [0, momentum.bitPattern, nesterov ? 1 : 0]
    case .adam(let share1, let share2, let epsilon, let correction1, let correction2, let decoupled):
      words += [1, share1.bitPattern, share2.bitPattern, epsilon.bitPattern]
      words += [correction1.bitPattern, correction2.bitPattern, decoupled ? 1 : 0]
    case .lion(let share1, let share2):
      words += [2, share1.bitPattern, share2.bitPattern]
    }
    return words
  }

  /// The numbers that `words` gave; nil where there are none such.
  package init?(words: [UInt32]) {
    func float(_ index: Int) -> Float { Float(bitPattern: words[index]) }
    guard words.count > 7 else { return nil }
    rate = float(0)
    decay = float(1)
    factor = float(2)
    inverseGrains = float(3)
    decaysBiases = words[4] != 0
    averageShare = words[5] == 0 ? nil : float(6)
    switch (words[7], words.count) {
    case (0, 10): rule = .sgd(momentum: float(8), nesterov: words[9] != 0)
    case (1, 14):
      rule = .adam(
        share1: float(8), share2: float(9), epsilon: float(10), correction1: float(11),
        correction2: float(12), decoupled: words[13] != 0)
    case (2, 10): rule = .lion(share1: float(8), share2: float(9))
    default: return nil
    }
  }
}
