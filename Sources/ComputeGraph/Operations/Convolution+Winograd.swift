// 3 x 3 convolutions with stride 1 by Winograd's minimal filtering: 16 products where there were 36 (winograd.h).
extension Convolution {
  /// Whether the convolution is computed this way: a matter of shapes alone, because it decides the bits.
  ///
  /// With fewer channels the transforms cost more than they save.
  func usesWinograd(_ s: Sizes) -> Bool {
    kernel == 3 && stride == 1 && dilation == 1 && groups == 1 && s.c >= 16 && s.m >= 16
      && padding.height <= 2 && padding.width <= 2
  }

  /// H, W, C, OH, OW, M, and the paddings.
  private func arguments(_ s: Sizes) -> [Step.Argument] {
    [s.h, s.w, s.c, s.oh, s.ow, s.m, padding.height, padding.width].map { .int($0) }
  }

  /// Tiles of 2 x 2 of an image.
  private func tiles(_ height: Int, _ width: Int) -> Int { (height + 1) / 2 * ((width + 1) / 2) }

  /// The filters transformed, once a step: `[vectors, 16, C, 16]`, or turned, `[vectors, 16, M, 16]`.
  private func transformed(
    _ weight: ParameterID, _ builder: PlanBuilder, _ s: Sizes, turned: Bool
  ) -> TensorID {
    let (inner, outer) = turned ? (s.m, s.c) : (s.c, s.m)
    let vectors = (outer + 15) / 16
    return builder.derived(
      builder.graph.parameters[weight].name + (turned ? ".places_turned" : ".places"),
      // Kernels read vectors by up to four.
      shape: [(vectors + 3) / 4 * 4, 16, inner, 16]
    ) { u in
      Step(
        "winograd_transform_filters", [.output(u), .weight(weight), .int(s.c), .int(s.m)],
        options: [Step.Option("TURNED", turned ? 1 : 0)],
        workItems: [.of(.fixed(inner), perItem: 16), .of(.fixed(vectors))])
    }
  }

  /// One step, with the tail.
  func forwardByWinograd(_ f: inout ForwardContext, _ s: Sizes) {
    let places = transformed(f.parameters[0], f.builder, s, turned: false)
    let tiles = tiles(s.oh, s.ow)
    f.add(
      "winograd_forward",
      [.output(f.output), .input(f.x), .input(places)] + (bias ? [.weight(f.parameters[1])] : [])
        + [.examples()] + arguments(s),
      options: [Step.Option("BIAS", bias ? 1 : 0)],
      workItems: [.tilesOfRows(.perExample(tiles)), .tilesOfColumns(s.m)],
      tile: Step.TileRequest(.winograd, rows: tiles, columns: s.m))
  }

  /// Gradient of the filters, then the input's.
  func backwardByWinograd(_ b: inout BackwardContext, _ s: Sizes) {
    b.addGradient(
      "winograd_backward_filters", of: b.parameters[0], inputs: [b.x, b.dy],
      sizes: [s.h, s.w, s.c, s.oh, s.ow, s.m, padding.height, padding.width],
      workItems: [.tilesOfRows(.fixed(s.c)), .tilesOfColumns(s.m)],
      tile: Step.TileRequest(.winogradFilters, rows: s.c, columns: s.m))
    guard let target = b.target(input: 0) else { return }
    let places = transformed(b.parameters[0], b.builder, s, turned: true)
    let tiles = tiles(s.h, s.w)
    b.add(
      "winograd_backward_input", target,
      [.input(b.dy), .input(places), .examples()] + arguments(s),
      workItems: [.tilesOfRows(.perExample(tiles)), .tilesOfColumns(s.c)],
      tile: Step.TileRequest(.winograd, rows: tiles, columns: s.c))
  }
}
