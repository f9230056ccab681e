/// A network as a value: the shape of an example, and layers one behind the other.
///
/// ```swift
/// let model = Model(input: [28, 28, 1]) {
///   Conv2D(32, kernel: 3, padding: .same); ReLU()
///   MaxPool2D(2)
///   Residual { Conv2D(32, kernel: 3, padding: .same); BatchNorm(); ReLU() }
///   GlobalAveragePool2D()
///   Linear(10)
/// }
/// ```
///
/// Shapes are per example, channels last; a layer's input is what the layer before it gives. Parameters are named
/// by their path: each layer adds its word and its position among its neighbours, from 1, so the filters above are
/// `conv2d1.weight` and `residual4.conv2d1.weight`. `named(_:)` puts a name in that place.
public struct Model: Sendable {
  /// Shape of one example.
  public let input: Shape
  /// What the examples' elements are: floats, or tokens.
  public let element: Tensor.Element
  /// The layers, first to last.
  public let layers: [any Layer]

  /// A model of these layers; whether they fit shows when it becomes a graph, or in its summary.
  ///
  /// - Parameters:
  ///   - input: Shape of one example: `[H, W, C]` for images, `[K]` for features, `[T]` for tokens.
  ///   - element: What the examples' elements are; tokens are `.int`.
  ///   - layers: The layers, one a statement.
  public init(
    input: Shape, element: Tensor.Element = .float, @LayerBuilder _ layers: () -> [any Layer]
  ) {
    self.init(input: input, element: element, layers: layers())
  }

  /// A model of a list of layers.
  public init(input: Shape, element: Tensor.Element = .float, layers: [any Layer]) {
    self.input = input
    self.element = element
    self.layers = layers
  }

  /// The network as a graph that ends with a loss.
  ///
  /// - Parameter loss: What training makes small.
  /// - Returns: The graph; its parameters are in the order of the layers.
  /// - Throws: `GraphError` that names the layer, its place in the model, and both shapes.
  public func graph(loss: any LossOperation = CrossEntropy()) throws(GraphError) -> Graph {
    var context = LayerContext(Graph(input: input, element: element))
    let last = try addLayers(to: &context)
    context.scope.layer = String(describing: type(of: loss))
    context.scope.position = layers.count + 1
    _ = try context.add(loss, to: [last])
    return context.graph
  }

  /// Adds all layers behind the input.
  func addLayers(to context: inout LayerContext) throws(GraphError) -> NodeID {
    guard input.dimensions.allSatisfy({ $0 > 0 }) else {
      throw .invalidLayer(
        layer: "Input", position: 0, problem: "the sizes of \(input) must be positive")
    }
    return try context.add(layers, behind: 0)
  }
}
