import ComputeGraph
import Foundation

/// A linear map without parameters, as a list of terms `y[output] += coefficient * inputs[input][index]`.
///
/// The gradient is the same list read the other way.
package struct ReferenceLinearMap: ReferenceOperation {
  /// One term, of one example.
  struct Term {
    var output: Int
    var input = 0
    var index: Int
    var coefficient = 1.0
  }

  /// Elements of one example.
  let outputCount: Int
  let inputCounts: [Int]
  let terms: [Term]

  package func forward(_ inputs: [[Double]]) -> [Double] {
    let examples = inputs[0].count / inputCounts[0]
    var y = zeros(examples * outputCount)
    for n in 0..<examples {
      for term in terms {
        let x = inputs[term.input][n * inputCounts[term.input] + term.index]
        y[n * outputCount + term.output] += term.coefficient * x
      }
    }
    return y
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    var dinputs = inputs.map { zeros($0.count) }
    for n in 0..<dy.count / outputCount {
      for term in terms {
        dinputs[term.input][n * inputCounts[term.input] + term.index] +=
          term.coefficient * dy[n * outputCount + term.output]
      }
    }
    return ReferenceGradients(dinputs: dinputs)
  }
}

extension ReferenceOperation where Self == ReferenceLinearMap {
  /// The same elements.
  static func identity(_ x: Shape) -> Self { sum([x]) }

  /// The sum of inputs of one shape.
  static func sum(_ inputs: [Shape]) -> Self {
    let terms = inputs.indices.flatMap { input in
      (0..<inputs[input].count).map { Self.Term(output: $0, input: input, index: $0) }
    }
    return Self(outputCount: inputs[0].count, inputCounts: inputs.map(\.count), terms: terms)
  }

  /// One input behind the other.
  static func concatenate(_ inputs: [Shape], _ output: Shape, axis: Int) -> Self {
    var terms: [Self.Term] = []
    var first = 0
    for (input, shape) in inputs.enumerated() {
      for index in 0..<shape.count {
        var place = shape.coordinates(of: index)
        place[axis] += first
        terms.append(Self.Term(output: output.index(of: place), input: input, index: index))
      }
      first += shape.dimensions[axis]
    }
    return Self(outputCount: output.count, inputCounts: inputs.map(\.count), terms: terms)
  }

  /// A part of one axis.
  static func slice(_ x: Shape, _ output: Shape, axis: Int, first: Int) -> Self {
    moving(x, output) { place in
      var place = place
      place[axis] += first
      return place
    }
  }

  /// Dimension `permutation[d]` of the input becomes dimension d.
  static func transpose(_ x: Shape, _ output: Shape, permutation: [Int]) -> Self {
    moving(x, output) { place in
      var source = place
      for (dimension, from) in permutation.enumerated() { source[from] = place[dimension] }
      return source
    }
  }

  /// Each element of the output is one of the input's.
  private static func moving(
    _ x: Shape, _ output: Shape, _ source: ([Int]) -> [Int]
  ) -> Self {
    let terms = (0..<output.count).map {
      Self.Term(output: $0, index: x.index(of: source(output.coordinates(of: $0))))
    }
    return Self(outputCount: output.count, inputCounts: [x.count], terms: terms)
  }

  /// Sum or mean over axes, which vanish.
  static func reduce(_ x: Shape, axes: [Int], isMean: Bool) -> Self {
    let kept = x.dimensions.indices.filter { !axes.contains($0) }
    let output = Shape(kept.map { x.dimensions[$0] })
    let coefficient = isMean ? Double(output.count) / Double(x.count) : 1
    let terms = (0..<x.count).map { index in
      let place = x.coordinates(of: index)
      return Self.Term(
        output: output.index(of: kept.map { place[$0] }), index: index, coefficient: coefficient)
    }
    return Self(outputCount: output.count, inputCounts: [x.count], terms: terms)
  }

  /// Mean over windows; padding counts as zeros, or not at all.
  static func averagePool(_ o: AveragePool, _ x: ImageShape, _ y: ImageShape) -> Self {
    var terms: [Self.Term] = []
    for h in 0..<y.height {
      for w in 0..<y.width {
        let inside = x.window(h, w, size: o.window, stride: o.stride, padding: o.padding)
        let count = o.countsPadding ? o.window * o.window : inside.count
        for c in 0..<y.channels {
          terms += inside.map { pixel in
            Self.Term(
              output: (h * y.width + w) * y.channels + c, index: pixel * x.channels + c,
              coefficient: 1 / Double(count))
          }
        }
      }
    }
    return Self(outputCount: y.count, inputCounts: [x.count], terms: terms)
  }

  /// Pairs (i, i + D / 2) of each head turned by t * base^(-2i / D); other columns are copied.
  static func rotary(_ o: RotaryPositions, _ x: Shape) -> Self {
    let (length, width, half) = (x.dimensions[0], x.dimensions[1], o.headSize / 2)
    var terms: [Self.Term] = []
    for t in 0..<length {
      for column in 0..<width {
        let here = t * width + column
        guard (o.offset..<o.offset + o.heads * o.headSize).contains(column) else {
          terms.append(Self.Term(output: here, index: here))
          continue
        }
        let inHead = (column - o.offset) % o.headSize
        let pair = inHead % half
        let angle = Double(t) * pow(Double(o.base), -2 * Double(pair) / Double(o.headSize))
        terms.append(Self.Term(output: here, index: here, coefficient: cos(angle)))
        terms.append(
          inHead < half
            ? Self.Term(output: here, index: here + half, coefficient: -sin(angle))
            : Self.Term(output: here, index: here - half, coefficient: sin(angle)))
      }
    }
    return Self(outputCount: x.count, inputCounts: [x.count], terms: terms)
  }
}

extension Shape {
  /// The place of an element.
  func coordinates(of index: Int) -> [Int] {
    var rest = index
    var place: [Int] = []
    for size in dimensions.reversed() {
      place.append(rest % size)
      rest /= size
    }
    return place.reversed()
  }

  /// The element at a place.
  func index(of place: [Int]) -> Int {
    zip(place, dimensions).reduce(0) { $0 * $1.1 + $1.0 }
  }
}

extension ImageShape {
  /// Elements.
  var count: Int { height * width * channels }

  /// The pixels of a pooling's window that lie in the image, in order.
  func window(_ h: Int, _ w: Int, size: Int, stride: Int, padding: Int) -> [Int] {
    (0..<size * size).compactMap { i in
      let (line, column) = (h * stride + i / size - padding, w * stride + i % size - padding)
      guard line >= 0, line < height, column >= 0, column < width else { return nil }
      return line * width + column
    }
  }
}
