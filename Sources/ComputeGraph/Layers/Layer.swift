/// A part of a model: it adds nodes to a graph behind a node.
///
/// An operation with one input is a layer by `extension MyOperation: Layer {}`. A layer of layers hands its own to
/// `LayerContext.add(_:behind:)`.
public protocol Layer: Sendable {
  /// The word for it in messages, tables and parameter names, as a model's text has it, such as `Conv2D`.
  var layerName: String { get }

  /// Adds its nodes behind `input`.
  ///
  /// - Parameters:
  ///   - context: The graph so far, and where in the model the layer stands.
  ///   - input: The node whose output the layer reads.
  /// - Returns: The node whose output is the layer's; `input` for a layer that does nothing.
  /// - Throws: `GraphError` where the shapes do not fit.
  func add(to context: inout LayerContext, behind input: NodeID) throws(GraphError) -> NodeID
}

extension Layer {
  /// The name of the type.
  public var layerName: String { String(describing: Self.self) }
}

extension Layer where Self: Operation {
  /// One node.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    try context.add(self, to: [input])
  }
}

/// Collects the layers of a model: one a statement, in their order, with `if`, `else`, `switch` and `for`.
@resultBuilder
public enum LayerBuilder {
  /// A statement that is a layer.
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  /// A statement that is a list of layers.
  public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
  /// Statements, one after the other.
  public static func buildBlock(_ layers: [any Layer]...) -> [any Layer] { layers.flatMap { $0 } }
  /// An `if` without `else`.
  public static func buildOptional(_ layers: [any Layer]?) -> [any Layer] { layers ?? [] }
  /// The first branch of an `if`.
  public static func buildEither(first layers: [any Layer]) -> [any Layer] { layers }
  /// The other branches.
  public static func buildEither(second layers: [any Layer]) -> [any Layer] { layers }
  /// A `for` loop.
  public static func buildArray(_ layers: [[any Layer]]) -> [any Layer] { layers.flatMap { $0 } }
}
