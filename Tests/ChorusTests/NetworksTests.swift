import Chorus
import ComputeGraph
import Testing

/// A network, and how many trained values its publication or PyTorch counts.
private struct Known: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let model: Model
  let parameters: Int

  init(_ description: String, _ model: Model, _ parameters: Int) {
    testDescription = description
    self.model = model
    self.parameters = parameters
  }
}

@Suite("Networks")
struct NetworksTests {
  @Test(
    "networks have as many parameters as their publications say",
    arguments: [
      Known("perceptron", .perceptron(), 669_706),
      Known("LeNet", .lenet(), 1_701_130),
      Known("ResNet-18", .resnet18(), 11_689_512),
      Known(
        "ResNet-18 for CIFAR", .resnet18(input: [32, 32, 3], classes: 10, stem: .cifar),
        11_173_962),
      Known("ResNet-34", .resnet34(), 21_797_672),
      Known("ResNet-50", .resnet50(), 25_557_032),
      Known("MobileNetV2", .mobileNetV2(), 3_504_872),
      Known("GPT-2", .gpt2Small(), 124_439_808),
      Known(
        "GPT of the benchmark", .gpt(vocabulary: 96, context: 128, layers: 4, heads: 4, width: 128),
        822_016),
      // timm's vit_tiny_patch16_224 has 5,717,416, of which a class token and its position are 2 * 192.
      Known("ViT-Tiny", .vitTiny(), 5_717_416 - 2 * 192),
    ])
  private func parameterCounts(_ known: Known) throws {
    #expect(try known.model.graph().parameterCount == known.parameters)
  }

  @Test("ResNet-50 has the names and the strides of torchvision")
  func resnet() throws {
    let graph = try Model.resnet50().graph()
    let names = graph.parameters.map(\.name)
    #expect(names.prefix(2) == ["conv1.weight", "bn1.scale"])
    #expect(names.contains("layer1.0.downsample.0.weight"))
    #expect(names.contains("layer4.2.bn3.running_variance"))
    #expect(names.suffix(2) == ["fc.weight", "fc.bias"])
    let strided = graph.nodes.filter { ($0.operation as? Convolution)?.stride == 2 }
    #expect(
      strided.map { graph.parameters[$0.parameters[0]].name } == [
        "conv1.weight", "layer2.0.conv2.weight", "layer2.0.downsample.0.weight",
        "layer3.0.conv2.weight", "layer3.0.downsample.0.weight", "layer4.0.conv2.weight",
        "layer4.0.downsample.0.weight",
      ])
    #expect(graph.nodes.map(\.shape).contains([7, 7, 2048]))
  }

  @Test("ResNet-18 needs 1.8 billion multiplications, as its publication says")
  func resnetOperations() throws {
    let graph = try Model.resnet18().graph()
    let convolutions = graph.nodes.filter { $0.operation is Convolution }.map { node in
      node.operation.forwardOperations(
        inputs: node.inputs.map { graph.nodes[$0].shape }, output: node.shape)
    }
    #expect(abs(Double(convolutions.reduce(0, +)) / 2 / 1.8e9 - 1) < 0.02)
  }

  @Test("MobileNetV2 has the names of torchvision, and rounds its widths to multiples of 8")
  func mobileNet() throws {
    let names = try Model.mobileNetV2().graph().parameters.map(\.name)
    #expect(names.contains("features.0.0.weight"))
    #expect(names.contains("features.1.conv.1.weight"))
    #expect(names.contains("features.17.conv.1.0.weight"))
    #expect(names.contains("features.18.1.scale"))
    #expect(names.last == "classifier.1.bias")
    // torchvision's mobilenet_v2(width_mult: 0.5) and (width_mult: 1.4).
    #expect(try Model.mobileNetV2(widthMultiplier: 0.5).graph().parameterCount == 1_968_680)
    #expect(try Model.mobileNetV2(widthMultiplier: 1.4).graph().parameterCount == 6_108_776)
  }

  @Test("a GPT's parameters are in the order of its layers, normal or zero")
  func gpt() throws {
    let graph = try Model.gpt(vocabulary: 11, context: 5, layers: 2, heads: 2, width: 8).graph()
    let names = graph.parameters.map(\.name)
    #expect(
      Array(names.prefix(14)) == [
        "tokens.weight", "positions.weight", "blocks.0.norm1.scale", "blocks.0.norm1.shift",
        "blocks.0.attention.qkv.weight", "blocks.0.attention.qkv.bias",
        "blocks.0.attention.output.weight", "blocks.0.attention.output.bias",
        "blocks.0.norm2.scale", "blocks.0.norm2.shift", "blocks.0.expand.weight",
        "blocks.0.expand.bias", "blocks.0.contract.weight", "blocks.0.contract.bias",
      ])
    #expect(names.suffix(2) == ["norm.scale", "norm.shift"])
    for parameter in graph.parameters where parameter.shape.rank == 2 {
      #expect(parameter.initialValue == .normal(deviation: 0.02))
    }
    for parameter in graph.parameters where parameter.name.hasSuffix("bias") {
      #expect(parameter.initialValue == .constant(0))
    }
    #expect(graph.nodes[graph.lastNode - 1].shape == [5, 11])
  }

  @Test("a GPT's options change what they name")
  func gptOptions() throws {
    let graph = try Model.gpt(
      vocabulary: 11, context: 5, layers: 3, heads: 4, width: 16, dropout: 0.1, keyValueHeads: 2,
      positions: .rotary, norm: .rms, activation: .silu, tied: false, checkpointed: true,
      scaledResiduals: true
    ).graph()
    let words = graph.nodes.compactMap { ($0.operation as? any Layer)?.layerName }
    #expect(words.count { $0 == "Dropout" } == 7)
    #expect(words.count { $0 == "RotaryPositions" } == 3)
    #expect(words.count { $0 == "RMSNorm" } == 7)
    #expect(words.count { $0 == "SiLU" } == 3)
    #expect(!words.contains("Positions"))
    #expect(Set(graph.nodes.compactMap(\.checkpoint)) == [0, 1, 2])
    let parameters = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.name, $0) })
    #expect(parameters["head.weight"]?.shape == [16, 11])
    #expect(parameters["blocks.2.attention.qkv.weight"]?.shape == [16, 32])
    let smaller = Parameter.InitialValue.normal(deviation: 0.02 / Float(6).squareRoot())
    #expect(parameters["blocks.2.contract.weight"]?.initialValue == smaller)
    #expect(parameters["blocks.2.attention.output.weight"]?.initialValue == smaller)
    #expect(parameters["blocks.2.expand.weight"]?.initialValue == .normal(deviation: 0.02))
  }

  @Test("checkpoints change no name and no first value")
  func checkpointed() throws {
    func graph(_ checkpointed: Bool) throws -> Graph {
      try Model.gpt(
        vocabulary: 11, context: 5, layers: 2, heads: 2, width: 8, checkpointed: checkpointed
      ).graph()
    }
    #expect(try graph(true).parameters == graph(false).parameters)
    #expect(try graph(true).nodes.map(\.shape) == graph(false).nodes.map(\.shape))
  }

  @Test("a vision transformer reads patches as a sequence")
  func visionTransformer() throws {
    let graph = try Model.vitTiny(input: [32, 32, 3], classes: 10, patch: 4).graph()
    #expect(graph.nodes[1].shape == [8, 8, 192])
    #expect(graph.nodes[2].shape == [64, 192])
    #expect(graph.parameters.map(\.name)[2] == "positions.weight")
    #expect(graph.nodes[graph.lastNode - 1].shape == [10])
  }
}
