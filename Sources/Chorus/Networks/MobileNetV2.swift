public import ComputeGraph
public import Recipes

extension Model {
  /// MobileNetV2: 3,504,872 parameters with 1000 classes.
  ///
  /// Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018, as in torchvision, whose names
  /// the layers have. One difference: ReLU stands for ReLU6, so weights trained elsewhere do not carry over exactly.
  ///
  /// - Parameters:
  ///   - input: Shape of one image; the network divides its sides by 32.
  ///   - classes: Elements of the output.
  ///   - widthMultiplier: Factor of all widths, which are rounded to multiples of 8.
  ///   - dropout: Share of the features before the last layer that training drops.
  ///   - stem: Whether the first convolution and the second stage halve the image, or not, for small images.
  ///   - checkpointed: Whether backward computes the activations inside each block again.
  /// - Returns: The model.
  public static func mobileNetV2(
    input: Shape = [224, 224, 3], classes: Int = 1000, widthMultiplier: Double = 1,
    dropout: Float = 0.2, stem: ConvolutionStem = .imagenet, checkpointed: Bool = false
  ) -> Model {
    let blocks = InvertedResidual.blocks(widthMultiplier: widthMultiplier, stem: stem)
    return Model(input: input) {
      convolution(
        scaled(32, by: widthMultiplier), kernel: 3, stride: stem == .cifar ? 1 : 2,
        name: "features.0")
      for (index, block) in blocks.enumerated() {
        block.layer.named("features.\(index + 1).conv").checkpointed(checkpointed)
      }
      convolution(
        scaled(1280, by: max(1, widthMultiplier)), kernel: 1,
        name: "features.\(blocks.count + 1)")
      GlobalAveragePool2D()
      if dropout > 0 { Dropout(dropout) }
      Linear(classes).named("classifier.1")
    }
  }
}

/// A block that widens its input, convolves each channel by itself, and narrows it again.
private struct InvertedResidual {
  let input: Int, output: Int, stride: Int, expansion: Int

  /// The blocks of table 2 of the paper.
  static func blocks(
    widthMultiplier: Double, stem: ConvolutionStem
  ) -> [InvertedResidual] {
    let stages: [(expansion: Int, width: Int, count: Int, stride: Int)] = [
      (1, 16, 1, 1), (6, 24, 2, stem == .cifar ? 1 : 2), (6, 32, 3, 2), (6, 64, 4, 2),
      (6, 96, 3, 1), (6, 160, 3, 2),
      (6, 320, 1, 1),
    ]
    var blocks: [InvertedResidual] = []
    var input = scaled(32, by: widthMultiplier)
    for stage in stages {
      let output = scaled(stage.width, by: widthMultiplier)
      for index in 0..<stage.count {
        blocks.append(
          InvertedResidual(
            input: input, output: output, stride: index == 0 ? stage.stride : 1,
            expansion: stage.expansion))
        input = output
      }
    }
    return blocks
  }

  var layer: any Layer {
    stride == 1 && input == output ? Residual { layers } : Group { layers }
  }

  @LayerBuilder
  private var layers: [any Layer] {
    let first = expansion == 1 ? 0 : 1
    if expansion != 1 { convolution(input * expansion, kernel: 1, name: "0") }
    DepthwiseConv2D(kernel: 3, stride: stride, padding: .same, bias: false).named("\(first).0")
    BatchNorm().named("\(first).1"); ReLU()
    Conv2D(output, kernel: 1, bias: false).named("\(first + 1)")
    BatchNorm().named("\(first + 2)")
  }
}

/// A convolution, its normalisation and its ReLU.
@LayerBuilder
private func convolution(
  _ filters: Int, kernel: Extent2D, stride: Int = 1, name: String
) -> [any Layer] {
  Conv2D(filters, kernel: kernel, stride: stride, padding: .same, bias: false).named(name + ".0")
  BatchNorm().named(name + ".1"); ReLU()
}

/// The multiple of 8 nearest to `width * factor`, but not less than 90 % of it.
private func scaled(_ width: Int, by factor: Double) -> Int {
  let exact = Double(width) * factor
  let rounded = max(8, Int(exact + 4) / 8 * 8)
  return Double(rounded) < 0.9 * exact ? rounded + 8 : rounded
}
