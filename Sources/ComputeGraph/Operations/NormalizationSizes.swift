/// Sizes of a normalisation over pixels, as batch_norm.cl takes them: P pixels of an example, C channels.
struct NormalizationSizes {
  let c: Int, p: Int

  init(_ shape: Shape) {
    c = shape.dimensions[shape.rank - 1]
    p = shape.count / c
  }

  /// Channels of a work-item that walks over pixels.
  var channels: Step.Extent { .of(.fixed(c), perItem: 64) }
  /// Work-items of the kernels that run over all pixels.
  var perPixels: [Step.Extent] { [channels, .of(.fixed(p), perItem: 64), .of(.perExample(1))] }
  /// Work-items of the kernels that sum chunks of pixels of a grain.
  var perChunk: [Step.Extent] {
    [channels, .of(.perExampleOfGrain(p), perItem: 256), .of(.perGrain(1))]
  }
  /// Work-items of the kernels that join chunks.
  var perGrain: [Step.Extent] { [.of(.fixed(c), perItem: 16), .of(.perGrain(1))] }
  /// Room for the sums of the chunks of a grain, per example: `[chunks, 2, C]`.
  var chunkShape: Shape { [(p + 255) / 256, 2, c] }
  /// N, grain, P, C.
  var arguments: [Step.Argument] { [.examples(), .grain(), .int(p), .int(c)] }
  /// The same with one example to a grain.
  var perExample: [Step.Argument] { [.examples(), .int(1), .int(p), .int(c)] }
}

extension Parameter {
  /// The scale, 1 at first, and the shift, 0, of `count` channels.
  static func scaleAndShift(_ count: Int) -> [Parameter] {
    [
      Parameter(name: "scale", shape: [count], role: .bias, initialValue: .constant(1)),
      Parameter(name: "shift", shape: [count], role: .bias, initialValue: .constant(0)),
    ]
  }
}
