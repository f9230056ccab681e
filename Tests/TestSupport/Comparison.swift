package import Testing

/// Expects that each element differs from its reference by at most `relative` times the largest
/// magnitude of the reference; NaN only where the reference is NaN, infinity only where it is infinite.
///
/// - Parameters:
///   - actual: What was computed.
///   - expected: The reference, of the same count.
///   - relative: The tolerance.
///   - what: The words for the tensor in the message.
///   - sourceLocation: Where the message points to.
/// - Returns: The largest difference, relative to the largest magnitude of the reference.
@discardableResult
package func expectClose(
  _ actual: [Float], _ expected: [Double], relative: Double, _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) -> Double {
  guard actual.count == expected.count else {
    Issue.record(
      "\(what()): \(actual.count) elements, but the reference has \(expected.count)",
      sourceLocation: sourceLocation)
    return .infinity
  }
  let largest = expected.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
  let unit = largest > 0 ? largest : 1
  var worst = 0.0
  var place = 0
  for (i, (a, e)) in zip(actual, expected).enumerated() {
    let same = Double(a) == e || (a.isNaN && e.isNaN)
    let difference = same ? 0 : abs(Double(a) - e) / unit
    // A NaN or an infinity on one side only is further away than any number.
    let distance = difference.isNaN ? Double.infinity : difference
    if distance > worst { (worst, place) = (distance, i) }
  }
  if worst > relative {
    Issue.record(
      """
      \(what()): element \(place) of \(actual.count) is \(actual[place]), the reference \
      \(expected[place]): \(worst) of the largest magnitude \(largest), allowed \(relative)
      """, sourceLocation: sourceLocation)
  }
  return worst
}

/// Expects the same bits, element by element.
package func expectSameBits(
  _ actual: [Float], _ expected: [Float], _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expectSame(
    actual.map(\.bitPattern), expected.map(\.bitPattern), what(), sourceLocation: sourceLocation
  ) {
    "\(Float(bitPattern: $0)) (\(String($0, radix: 16)))"
  }
}

/// Expects the same elements.
package func expectSame<Element: Equatable>(
  _ actual: [Element], _ expected: [Element], _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation,
  describe: (Element) -> String = { "\($0)" }
) {
  guard actual != expected else { return }
  guard actual.count == expected.count else {
    Issue.record(
      "\(what()): \(actual.count) elements instead of \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  let places = actual.indices.filter { actual[$0] != expected[$0] }
  Issue.record(
    """
    \(what()): \(places.count) of \(actual.count) elements differ, first element \(places[0]): \
    \(describe(actual[places[0]])) instead of \(describe(expected[places[0]]))
    """, sourceLocation: sourceLocation)
}
