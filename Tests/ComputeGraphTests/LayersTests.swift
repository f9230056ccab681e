import ComputeGraph
import Testing

/// The model of the README, to the letter.
// swift-format-ignore
let exampleModel = Model(input: [28, 28, 1]) {
  Conv2D(32, kernel: 3, padding: .same); ReLU()
  MaxPool2D(2)
  Residual { Conv2D(32, kernel: 3, padding: .same); BatchNorm(); ReLU() }
  GlobalAveragePool2D()
  Linear(10)
}

/// What a node computes, in the words of models.
private func word(_ node: Node) -> String {
  (node.operation as? any Layer)?.layerName ?? String(describing: type(of: node.operation))
}

@Suite("Layers")
struct LayersTests {
  @Test("the example of the README becomes a graph with a loss")
  func example() throws {
    let graph = try exampleModel.graph()
    #expect(
      graph.nodes.map(word) == [
        "Input", "Convolution", "ReLU", "MaxPool2D", "Convolution", "BatchNorm", "ReLU",
        "Add", "GlobalAveragePool2D", "Linear", "CrossEntropy",
      ])
    #expect(
      graph.nodes.map(\.shape) == [
        [28, 28, 1], [28, 28, 32], [28, 28, 32], [14, 14, 32], [14, 14, 32], [14, 14, 32],
        [14, 14, 32], [14, 14, 32], [32], [10], [],
      ])
    #expect(graph.nodes[7].inputs == [6, 3], "the residual adds what went into it")
    #expect(graph.parameterCount == 320 + 9248 + 64 + 330)
  }

  @Test("parameters are named by the words and positions of their layers, from 1")
  func names() throws {
    #expect(
      try exampleModel.graph().parameters.map(\.name) == [
        "conv2d1.weight", "conv2d1.bias", "residual4.conv2d1.weight", "residual4.conv2d1.bias",
        "residual4.batchnorm2.scale", "residual4.batchnorm2.shift",
        "residual4.batchnorm2.running_mean", "residual4.batchnorm2.running_variance",
        "linear6.weight", "linear6.bias",
      ])
  }

  @Test("a name takes the place of word and position, and an empty one leaves the layer out")
  func named() throws {
    let model = Model(input: [5]) {
      Group {
        Linear(6).named("first"); Residual { Linear(6) }.named("")
      }.named("block.0")
      Residual {
        Linear(6)
      } shortcut: {
        Linear(6); Linear(6).named("projection")
      }
      OneStep()
    }
    #expect(
      try model.graph().parameters.map(\.name).filter { $0.hasSuffix("weight") } == [
        "block.0.first.weight", "block.0.linear1.weight", "residual2.linear1.weight",
        "residual2.shortcut.linear1.weight", "residual2.projection.weight",
        "onestep3.selfattention1.qkv.weight",
        "onestep3.selfattention1.output.weight",
      ])
  }

  /// A layer of a user: attention over a sequence of one.
  private struct OneStep: Layer {
    func add(to context: inout LayerContext, behind input: NodeID) throws(GraphError) -> NodeID {
      let width = context.shape(of: input).count
      var node = try context.add(Reshape([1, width]), to: [input])
      node = try context.add([SelfAttention(heads: 2)], behind: node)
      return try context.add(Reshape.flatten, to: [node])
    }
  }

  @Test("a builder takes conditions, loops, lists and nothing")
  func builder() throws {
    func model(deep: Bool, widths: [Int], last: Int?) -> Model {
      Model(input: [9]) {
        if deep { Linear(8); ReLU() }
        for width in widths {
          Linear(width)
          if width > 5 { Tanh() } else { Sigmoid() }
        }
        [Linear(3), Linear(2)]
        if let last { Linear(last) }
      }
    }
    #expect(
      model(deep: true, widths: [6, 4], last: 7).layers.map(\.layerName) == [
        "Linear", "ReLU", "Linear", "Tanh", "Linear", "Sigmoid", "Linear", "Linear", "Linear",
      ])
    #expect(model(deep: false, widths: [], last: nil).layers.count == 2)
    #expect(try Model(input: [4]) {}.graph().nodes.count == 2)
  }

  @Test("padding .same keeps the size at stride 1, and halves it, rounded up, at stride 2")
  func padding() throws {
    func output(_ layer: any Layer) throws -> Shape {
      let graph = try Model(input: [11, 14, 3]) {
        layer; Flatten()
      }.graph()
      return graph.nodes[1].shape
    }
    #expect(try output(Conv2D(5, kernel: 3, padding: .same)) == [11, 14, 5])
    #expect(try output(Conv2D(5, kernel: 7, stride: 2, padding: .same)) == [6, 7, 5])
    #expect(try output(Conv2D(5, kernel: Extent2D(3, 5), padding: .same)) == [11, 14, 5])
    #expect(try output(Conv2D(5, kernel: 3, padding: .same, dilation: 2)) == [11, 14, 5])
    #expect(try output(Conv2D(5, kernel: 4)) == [8, 11, 5])
    #expect(try output(Conv2D(5, kernel: 4, padding: 2)) == [12, 15, 5])
    #expect(try output(DepthwiseConv2D(kernel: 3, multiplier: 2, padding: .same)) == [11, 14, 6])
  }

  @Test("every word of the vocabulary adds the operation it names")
  func vocabulary() throws {
    let images = Model(input: [9, 10, 6]) {
      DepthwiseConv2D(kernel: 3); LeakyReLU(slope: 0.2); GELU(); GELU(approximate: true); SiLU()
      Sigmoid(); Tanh(); Softplus(); AveragePool2D(2, stride: 1); GroupNorm(3); Dropout(0.1)
      Transpose([1, 0, 2]); Slice(axis: 0, range: 1..<5); Reshape([24, 6]); LayerNorm(); RMSNorm()
      RotaryPositions(heads: 1, headSize: 4); Attention(heads: 1, causal: true); Softmax()
      LogSoftmax()
    }
    #expect(
      try images.graph().nodes.map(word) == [
        "Input", "Convolution", "LeakyReLU", "GELU", "GELU", "SiLU", "Sigmoid", "Tanh",
        "Softplus", "AveragePool2D", "GroupNorm", "Dropout", "Transpose", "Slice",
        "Reshape", "LayerNorm", "RMSNorm", "RotaryPositions", "Attention",
        "Softmax", "LogSoftmax", "CrossEntropy",
      ])
  }

  @Test("branches read the same input and lie side by side")
  func branches() throws {
    let model = Model(input: [4, 6, 3]) {
      Branches {
        Conv2D(5, kernel: 1)
        Group {
          Conv2D(2, kernel: 1); ReLU()
        }
        Group {}
      }
      Flatten()
    }
    let graph = try model.graph()
    #expect(graph.nodes[4].inputs == [1, 3, 0])
    #expect(graph.nodes[4].shape == [4, 6, 10])
    #expect(
      graph.parameters.map(\.name).filter { $0.hasSuffix("weight") } == [
        "branches1.conv2d1.weight", "branches1.group2.conv2d1.weight",
      ])
  }

  @Test("a tied layer has the weight of the embedding, transposed, and none of its own")
  func tied() throws {
    let model = Model(input: [7], element: .int) {
      Embedding(65, width: 12).named("tokens")
      Linear(65).tied(to: "tokens.weight")
    }
    let graph = try model.graph()
    #expect(graph.parameters.map(\.name) == ["tokens.weight", "linear2.bias"])
    #expect(graph.nodes[2].parameters == [0, 1])
    #expect(graph.nodes[2].shape == [7, 65])
    #expect(graph.parameterCount == 65 * 12 + 65)
    let linear = try #require(graph.nodes[2].operation as? Linear)
    #expect(linear.transposed)
  }

  @Test("a shared weight gets its gradient from both layers")
  func sharedPlan() throws {
    let model = Model(input: [6]) {
      Linear(6).named("a"); ReLU()
      Linear(6).sharing(with: "a.weight").named("b")
    }
    let plan = try Plan(model.graph())
    #expect(plan.graph.parameters.map(\.name) == ["a.weight", "a.bias", "b.bias"])
    #expect(plan.backward.count { $0.parameter == 0 } == 2)
  }

  @Test("nodes of a checkpoint are marked, and only the form with braces has a place in names")
  func checkpoints() throws {
    let model = Model(input: [6]) {
      Linear(6)
      Checkpoint {
        Linear(5); Checkpoint { Linear(7) }; ReLU()
      }
      Residual { Linear(7) }.checkpointed()
      Linear(2).checkpointed(false)
    }
    let graph = try model.graph()
    #expect(graph.nodes.map(\.checkpoint) == [nil, nil, 0, 0, 0, 1, 1, nil, nil])
    #expect(
      graph.parameters.map(\.name).filter { $0.hasSuffix("weight") } == [
        "linear1.weight", "checkpoint2.linear1.weight", "checkpoint2.checkpoint2.linear1.weight",
        "residual3.linear1.weight", "linear4.weight",
      ])
    _ = try Plan(graph)
  }

  @Test("first values hold for layers inside, and the nearer modifier decides")
  func initialValues() throws {
    let model = Model(input: [8, 6]) {
      LayerNorm()
      SelfAttention(heads: 2, outputWeights: .normal(deviation: 0.5))
      Linear(4).initialized(weights: .constant(3))
      Flatten()
    }.initialized(weights: .normal(deviation: 0.02), biases: .constant(0))
    #expect(
      try model.graph().parameters.map(\.initialValue) == [
        .constant(1), .constant(0), .normal(deviation: 0.02), .constant(0),
        .normal(deviation: 0.5), .constant(0), .constant(3), .constant(0),
      ])
  }

  @Test("self-attention packs queries, keys and values, and turns queries and keys together")
  func selfAttention() throws {
    let model = Model(input: [9, 24]) {
      SelfAttention(heads: 6, keyValueHeads: 2, rotary: true, dropout: 0.1, bias: false)
    }
    let graph = try model.graph()
    #expect(
      graph.nodes.map(word) == [
        "Input", "Linear", "RotaryPositions", "Attention", "Linear", "Dropout", "CrossEntropy",
      ])
    #expect(graph.nodes.map(\.shape)[1...3] == [[9, 40], [9, 40], [9, 24]])
    let rotary = try #require(graph.nodes[2].operation as? RotaryPositions)
    #expect(rotary.heads == 8)
    #expect(rotary.headSize == 4)
  }
}
