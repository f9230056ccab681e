import ComputeGraph
import Testing

@Suite("Graph errors")
struct GraphErrorTests {
  /// An operation that does not fit behind its inputs, and what the error says.
  private struct Misfit: Sendable, CustomTestStringConvertible {
    let inputs: [Shape]
    let operation: any Operation
    let message: String
    var testDescription: String { message }

    init(_ inputs: Shape..., operation: any Operation, message: String) {
      (self.inputs, self.operation, self.message) = (inputs, operation, message)
    }
  }

  @Test(
    "a misfit names the layer, its position and both shapes",
    arguments: [
      Misfit(
        [], operation: Linear(outputs: 10),
        message: "(linear) takes at least one dimension [K], but its input is []"),
      Misfit(
        [784], operation: Convolution(outputs: 4, kernel: 3, padding: 1),
        message: "(convolution) takes an image [H, W, C], but its input is [784]"),
      Misfit(
        [3, 2, 6], operation: Convolution(outputs: 4, kernel: 5, padding: 1),
        message: "(convolution) takes an image of at least 3 x 3 pixels, but its input is [3, 2, 6]"
      ),
      Misfit(
        [12], operation: MaxPool(window: 2),
        message: "(max_pool) takes an image [H, W, C], but its input is [12]"),
      Misfit(
        [5, 2, 6], operation: AveragePool(window: 3, stride: 2),
        message:
          "(average_pool) takes an image of at least 3 x 3 pixels, but its input is [5, 2, 6]"
      ),
      Misfit(
        [7], operation: GlobalAveragePool(),
        message:
          "(global_average_pool) takes an image [H, W, C] or rows [T, C], but its input is [7]"
      ),
      Misfit(
        [2, 3, 4], operation: CrossEntropy(),
        message: "(cross_entropy) takes logits [C] or [T, C], but its input is [2, 3, 4]"),
      Misfit(
        [5, 6], [5, 7], operation: Add(),
        message: "(add) takes two inputs of the same shape, but its input is [5, 6] and [5, 7]"),
      Misfit(
        [5, 6], [5, 7], operation: MatrixProduct(),
        message:
          "(matrix_product) takes two inputs that agree in the dimension they are summed over, "
          + "but its input is [5, 6] and [5, 7]"),
      Misfit(
        [5, 6], [4, 7], operation: Concatenate(axis: 0, count: 2),
        message: "(concatenate) takes inputs that differ only in dimension 0, "
          + "but its input is [5, 6] and [4, 7]"),
      Misfit(
        [5, 6], operation: Reshape([4, 7]),
        message: "(reshape) takes as many elements as [4, 7] has, but its input is [5, 6]"),
      Misfit(
        [5, 6], operation: Slice(axis: 0, range: 3..<7),
        message: "(slice) takes at least 7 entries in dimension 0, but its input is [5, 6]"),
      Misfit(
        [5, 6], operation: Attention(heads: 3, causal: true),
        message: "(attention) takes packed queries, keys and values [T, 9 * D], "
          + "but its input is [5, 6]"),
      Misfit(
        [5, 6], operation: GroupNormalization(groups: 4),
        message: "(group_norm) takes channels that 4 groups divide, but its input is [5, 6]"),
    ])
  private func misfits(_ misfit: Misfit) throws { try expectError(misfit) }

  @Test(
    "a size that cannot be is named",
    arguments: [
      Misfit(
        [5, 5, 1], operation: Convolution(outputs: 4, kernel: 3, padding: -1),
        message: "(convolution): padding -1 x -1 must not be negative"),
      Misfit(
        [5, 5, 1], operation: Convolution(outputs: 0, kernel: 3),
        message: "(convolution): outputs 0 and kernel 3 x 3 must be positive"),
      Misfit(
        [5, 5, 6], operation: Convolution(outputs: 4, kernel: 3, groups: 3),
        message: "(convolution): 3 groups must divide 6 input and 4 output channels"),
      Misfit(
        [5], operation: Linear(outputs: 0), message: "(linear): outputs must be positive, not 0"),
      Misfit(
        [5, 5, 1], operation: MaxPool(window: 2, stride: 0),
        message: "(max_pool): window 2 and stride 0 must be positive"),
      Misfit(
        [5, 5, 1], operation: MaxPool(window: 3, padding: 2),
        message: "(max_pool): padding 2 must be at least 0 and at most half of the window 3"),
      Misfit(
        [5], operation: Dropout(1),
        message: "(dropout): probability 1.0 must be at least 0 and less than 1"),
      Misfit(
        [5, 129], operation: Attention(heads: 1, keyValueHeads: 2, causal: true),
        message: "(attention): 2 key and value heads must divide 1 query heads"),
      Misfit(
        [5, 387], operation: Attention(heads: 1, causal: true),
        message: "(attention): heads of 129 elements; 1 to 128 are possible"),
      Misfit(
        [5, 9], operation: RotaryPositions(heads: 3, headSize: 3),
        message: "(rotary_positions): heads of 3 elements cannot be rotated; "
          + "they must be even and positive"),
      Misfit(
        [5, 6], operation: Transpose([0, 0]),
        message: "(transpose): [0, 0] is no permutation of one to four dimensions"),
      Misfit(
        [5, 6], operation: Reduce(.sum, axes: [2]),
        message: "(sum): axes [2] are not different ones of 2 dimensions"),
      Misfit([5], operation: Add(), message: "(add): takes 2 inputs, but has 1"),
    ])
  private func sizes(_ misfit: Misfit) throws { try expectError(misfit) }

  /// Adds the operation behind nodes that have the shapes of its inputs.
  private func expectError(_ misfit: Misfit) throws {
    var graph = Graph(input: misfit.inputs[0])
    var sources = [0]
    for shape in misfit.inputs.dropFirst() {
      let wide = try graph.add(
        Linear(outputs: shape.count), to: [graph.add(Reshape.flatten, to: [0])])
      sources.append(try graph.add(Reshape(shape), to: [wide]))
    }
    let before = (graph.nodes.count, graph.parameters)
    let error = #expect(throws: GraphError.self) { try graph.add(misfit.operation, to: sources) }
    #expect(error?.description == "layer \(graph.nodes.count) " + misfit.message)
    #expect(
      (graph.nodes.count, graph.parameters) == before,
      "a layer that does not fit leaves the graph as it was")
  }
}
