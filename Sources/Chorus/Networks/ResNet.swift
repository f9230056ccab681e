public import ComputeGraph
public import Recipes

extension Model {
  /// ResNet-18: 11,689,512 parameters with 1000 classes.
  ///
  /// He et al., "Deep residual learning for image recognition", CVPR 2016, as in torchvision (its version 1.5, with
  /// the stride on the 3 x 3 convolution), whose names the layers have. First values are those of `Conv2D`, where
  /// torchvision draws from a normal distribution by fan-out.
  ///
  /// - Parameters:
  ///   - input: Shape of one image.
  ///   - classes: Elements of the output.
  ///   - stem: How the network begins.
  ///   - checkpointed: Whether backward computes the activations inside each block again.
  /// - Returns: The model.
  public static func resnet18(
    input: Shape = [224, 224, 3], classes: Int = 1000, stem: ConvolutionStem = .imagenet,
    checkpointed: Bool = false
  ) -> Model {
    ResNet(blocks: [2, 2, 2, 2], isDeep: false, stem: stem, checkpointed: checkpointed)
      .model(input: input, classes: classes)
  }

  /// ResNet-34: 21,797,672 parameters with 1000 classes. See `resnet18(input:classes:stem:)`.
  public static func resnet34(
    input: Shape = [224, 224, 3], classes: Int = 1000, stem: ConvolutionStem = .imagenet,
    checkpointed: Bool = false
  ) -> Model {
    ResNet(blocks: [3, 4, 6, 3], isDeep: false, stem: stem, checkpointed: checkpointed)
      .model(input: input, classes: classes)
  }

  /// ResNet-50: 25,557,032 parameters with 1000 classes. See `resnet18(input:classes:stem:)`.
  public static func resnet50(
    input: Shape = [224, 224, 3], classes: Int = 1000, stem: ConvolutionStem = .imagenet,
    checkpointed: Bool = false
  ) -> Model {
    ResNet(blocks: [3, 4, 6, 3], isDeep: true, stem: stem, checkpointed: checkpointed)
      .model(input: input, classes: classes)
  }
}

/// The family of residual networks.
private struct ResNet {
  /// Blocks in each of the four stages.
  let blocks: [Int]
  /// Whether blocks have three convolutions, the last of them four times as wide, and not two.
  let isDeep: Bool
  let stem: ConvolutionStem
  let checkpointed: Bool

  func model(input: Shape, classes: Int) -> Model {
    Model(input: input) {
      switch stem {
      case .cifar: convolution(64, kernel: 3, name: "conv1")
      case .imagenet: convolution(64, kernel: 7, stride: 2, name: "conv1")
      }
      BatchNorm().named("bn1"); ReLU()
      if stem == .imagenet { MaxPool2D(3, stride: 2, padding: 1) }
      for (stage, count) in blocks.enumerated() {
        for index in 0..<count {
          block(
            width: 64 << stage, stride: stage > 0 && index == 0 ? 2 : 1,
            projects: index == 0 && (stage > 0 || isDeep)
          ).named("layer\(stage + 1).\(index)").checkpointed(checkpointed)
        }
      }
      GlobalAveragePool2D()
      Linear(classes).named("fc")
    }
  }

  /// A residual block, which is not part of the names inside.
  private func block(width: Int, stride: Int, projects: Bool) -> Group {
    Group {
      Residual {
        if isDeep {
          bottleneck(width: width, stride: stride)
        } else {
          convolution(width, kernel: 3, stride: stride, name: "conv1")
          BatchNorm().named("bn1"); ReLU()
          convolution(width, kernel: 3, name: "conv2")
          BatchNorm().named("bn2")
        }
      } shortcut: {
        if projects {
          convolution(isDeep ? 4 * width : width, kernel: 1, stride: stride, name: "downsample.0")
          BatchNorm().named("downsample.1")
        }
      }.named("")
      ReLU()
    }
  }

  @LayerBuilder
  private func bottleneck(width: Int, stride: Int) -> [any Layer] {
    convolution(width, kernel: 1, name: "conv1")
    BatchNorm().named("bn1"); ReLU()
    convolution(width, kernel: 3, stride: stride, name: "conv2")
    BatchNorm().named("bn2"); ReLU()
    convolution(4 * width, kernel: 1, name: "conv3")
    BatchNorm().named("bn3")
  }

  private func convolution(
    _ filters: Int, kernel: Extent2D, stride: Int = 1, name: String
  ) -> any Layer {
    Conv2D(filters, kernel: kernel, stride: stride, padding: .same, bias: false).named(name)
  }
}
