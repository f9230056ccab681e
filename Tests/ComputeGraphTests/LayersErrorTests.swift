import ComputeGraph
import Testing

@Suite("Errors of models")
struct LayersErrorTests {
  /// A model that does not fit, and what the error says.
  private struct Misfit: Sendable, CustomTestStringConvertible {
    let model: Model
    let message: String
    var testDescription: String { message }

    init(
      _ message: String, _ input: Shape, element: Tensor.Element = .float,
      @LayerBuilder _ layers: () -> [any Layer]
    ) {
      self.message = message
      model = Model(input: input, element: element, layers)
    }
  }

  @Test(
    "an error names the layer as written, its place in the model, and both shapes",
    arguments: [
      Misfit("layer 2 (Conv2D) takes an image [H, W, C], but its input is [784]", [28, 28, 1]) {
        Flatten()
        Conv2D(32, kernel: 3)
      },
      Misfit(
        "layer 3 (Residual): its layers give [4, 5, 6], but its input is [4, 5, 3], "
          + "and the two are added", [4, 5, 3]
      ) {
        ReLU(); ReLU()
        Residual { Conv2D(6, kernel: 1) }
      },
      Misfit(
        "layer 1 (Residual): its layers give [4, 5, 6], but its shortcut gives [4, 5, 7], "
          + "and the two are added", [4, 5, 3]
      ) {
        Residual {
          Conv2D(6, kernel: 1)
        } shortcut: {
          Conv2D(7, kernel: 1)
        }
      },
      Misfit(
        "layer 2 (Residual), layer 3 (Group), layer 1 (MaxPool2D) takes an image [H, W, C], "
          + "but its input is [5]", [9]
      ) {
        Linear(5)
        Residual {
          ReLU(); Linear(5); Group { MaxPool2D(2) }.named("pool")
        }
      },
      Misfit(
        "layer 1 (Residual), shortcut, layer 2 (Conv2D): padding .same needs a kernel with a "
          + "middle, not 2 x 4; give the padding as a number", [4, 5, 3]
      ) {
        Residual {
        } shortcut: {
          ReLU(); Conv2D(3, kernel: Extent2D(2, 4), padding: .same)
        }
      },
      Misfit("layer 1 (SelfAttention): 5 heads must divide the width 12", [3, 12]) {
        SelfAttention(heads: 5)
      },
      Misfit("layer 1 (SelfAttention) takes a sequence [T, D], but its input is [3]", [3]) {
        SelfAttention(heads: 1)
      },
      Misfit(
        "layer 1 (Linear): its input is tokens, which only Embedding takes; put one before it",
        [3], element: .int
      ) { Linear(5) },
      Misfit(
        "layer 2 (Embedding): its input is numbers, but it takes tokens: "
          + "Model(input:element: .int)", [3]
      ) {
        Flatten(); Embedding(9, width: 2)
      },
      Misfit(
        "layer 1 (Linear) shares a parameter: no layer before it has a parameter 'tokens.weight'",
        [3]
      ) { Linear(5).tied(to: "tokens.weight") },
      Misfit(
        "layer 2 (Checkpoint), layer 1 (Linear) shares a parameter: its weight has shape [5, 4], "
          + "the other is [3, 5]", [3]
      ) {
        Linear(5).named("a")
        Checkpoint { Linear(4).sharing(with: "a.weight") }
      },
      Misfit(
        "layer 2 (Linear) shares a parameter: it has no parameter 'scale' of its own", [3]
      ) {
        Linear(5).named("a")
        Linear(4).sharing("scale", with: "a.weight")
      },
      Misfit(
        "layer 3 (CrossEntropy) takes logits [C] or [T, C], but its input is [4, 5, 6]", [4, 5, 3]
      ) {
        Conv2D(6, kernel: 1); ReLU()
      },
      Misfit("layer 1 (Branches): it has no branch", [3]) { Branches {} },
      Misfit("layer 0 (Input): the sizes of [3, 0] must be positive", [3, 0]) { Linear(5) },
      Misfit(
        "two layers are named 'a.weight'; parameters are saved by name, so give each its own", [3]
      ) {
        Linear(5).named("a"); Linear(4).named("a")
      },
    ])
  private func misfits(_ misfit: Misfit) {
    let error = #expect(throws: GraphError.self) { try misfit.model.graph() }
    #expect(error?.description == misfit.message)
  }

  @Test("an error is data: the layer, its position, the layers around it, and the shapes")
  func data() {
    let model = Model(input: [3]) {
      ReLU(); Group { MaxPool2D(2) }
    }
    #expect(
      throws: GraphError.shapeMismatch(
        layer: "MaxPool2D", position: 1, expected: "an image [H, W, C]", actual: [[3]],
        within: [.layer("Group", 2)])
    ) { try model.graph() }
  }
}
