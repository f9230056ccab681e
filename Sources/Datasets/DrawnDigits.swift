import ComputeGraph

/// Handwritten-like digits, 28 x 28, that Chorus draws itself: no download, any number of them.
///
/// An example is a pure function of the seed, its part and its index. It is drawn with `+ - * /`,
/// comparisons and the square root alone, which round alike everywhere: the bytes are the same on
/// every machine.
public enum DrawnDigits {
  /// Draws the digits of `seed`; both counts are at least 0.
  ///
  /// In each part every ten consecutive examples hold each digit once, in random order. A larger
  /// count appends examples and leaves the earlier ones as they are.
  public static func make(
    seed: UInt64, trainingCount: Int, heldOutCount: Int
  ) -> TrainingData<LabelledImages> {
    let philox = Philox(seed: seed)
    return TrainingData(
      name: "drawn digits", training: draw(trainingCount, of: .training, philox),
      heldOut: draw(heldOutCount, of: .heldOut, philox))
  }

  /// A word of the generator's counter. The counters of the two parts are disjoint, so no number
  /// drawn for a training example is drawn for a held-out one, whatever the counts.
  private enum Part: UInt32 {
    case training, heldOut
  }

  /// What a number is drawn for: another word of the counter.
  private enum Purpose: UInt32 {
    case example, order
  }

  private static func draw(_ count: Int, of part: Part, _ philox: Philox) -> LabelledImages {
    precondition(count >= 0 && count <= UInt32.max, "\(count) examples")
    let size = Canvas.side * Canvas.side
    var pixels = [UInt8](repeating: 0, count: count * size)
    var labels = [UInt8](repeating: 0, count: count)
    var canvas = Canvas()
    for first in stride(from: 0, to: count, by: 10) {
      let digits = order(ofTen: UInt32(first / 10), part, philox)
      for index in first..<min(first + 10, count) {
        let digit = digits[index - first]
        var random = RandomStream(
          philox, counter: SIMD3(UInt32(index), part.rawValue, Purpose.example.rawValue))
        write(digit, on: &canvas, &random)
        expose(canvas, &random, into: &pixels[index * size..<(index + 1) * size])
        labels[index] = UInt8(digit)
      }
    }
    return LabelledImages(
      height: Canvas.side, width: Canvas.side, channels: 1, classCount: 10,
      trustedPixels: pixels, trustedLabels: labels)
  }

  /// The digits of the examples 10 * ten to 10 * ten + 9: a shuffle of 0...9.
  private static func order(ofTen ten: UInt32, _ part: Part, _ philox: Philox) -> [Int] {
    var random = RandomStream(
      philox, counter: SIMD3(ten, part.rawValue, Purpose.order.rawValue))
    var digits = Array(0..<10)
    for last in (1..<10).reversed() { digits.swapAt(last, random.below(last + 1)) }
    return digits
  }

  /// Writes `digit` in one of its styles and in a hand of its own.
  private static func write(_ digit: Int, on canvas: inout Canvas, _ random: inout RandomStream) {
    let styles = DigitStyles.all[digit]
    let style = styles[random.below(styles.count)]
    let hand = Hand(&random)
    canvas.clear()
    var line: [Point] = []
    for var stroke in style {
      for index in stroke.points.indices {
        let jitter = Point(random.bell(hand.jitter), random.bell(hand.jitter))
        stroke.points[index] = hand.place(stroke.points[index] + jitter)
      }
      line.removeAll(keepingCapacity: true)
      stroke.flatten(into: &line)
      canvas.draw(line, radii: hand.radii, softness: hand.softness)
    }
  }

  /// Turns coverage into bytes: a strength of ink, uneven ink and grain on the paper.
  private static func expose(
    _ canvas: Canvas, _ random: inout RandomStream, into pixels: inout ArraySlice<UInt8>
  ) {
    let strength = random.uniform(0.7, 1)
    let unevenness = random.uniform(0, 0.3)
    let grain = random.uniform(0, 0.1)
    for (index, coverage) in zip(pixels.indices, canvas.coverage) {
      let word = random.word()
      // One word serves both: its upper and its lower half are independent.
      let ink = Float(word >> 16) * 0x1p-16
      let paper = Float(word & 0xFFFF) * 0x1p-16 * 2 - 1
      let value = coverage * strength * (1 - unevenness * ink) + grain * paper
      pixels[index] = UInt8(max(0, min(1, value)) * 255 + 0.5)
    }
  }
}
