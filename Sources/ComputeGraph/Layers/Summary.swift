/// One line of a model's summary: what a layer gives, and what its own nodes cost, without those of layers inside.
struct SummaryRow: Sendable {
  let depth: Int
  let position: Int
  let layer: String
  /// The list of layers it stands in, where a layer has several.
  let part: String?
  /// The name that the model gives it.
  var name: String?
  /// Shape of its output; nil while it is unfinished.
  var shape: Shape?
  /// Whether the layer has nodes of its own.
  var hasNodes = false
  /// Trained values that no layer before it has.
  var parameters = 0
  /// Floating-point operations of the forward pass of one example.
  var operations = 0

  init(depth: Int, position: Int, layer: String, part: String?) {
    self.depth = depth
    self.position = position
    self.layer = layer
    self.part = part
  }

  /// Adds the cost of a node, whose new parameters begin at `newFrom`.
  mutating func count(_ node: Node, of graph: Graph, newFrom: ParameterID) {
    hasNodes = true
    parameters += graph.parameters[newFrom...].reduce(0) {
      $0 + ($1.isTrained ? $1.shape.count : 0)
    }
    operations += node.operation.forwardOperations(
      inputs: node.inputs.map { graph.nodes[$0].shape }, output: node.shape)
  }

  /// The columns of the table.
  var cells: [String] {
    let indent = String(repeating: "  ", count: depth)
    let title = (part.map { $0 + " " } ?? "") + "\(position) \(layer)"
    let quoted = name.map { $0.isEmpty ? "" : " '\($0)'" } ?? ""
    return [
      indent + title + quoted, shape?.description ?? "", hasNodes ? grouped(parameters) : "",
      hasNodes ? grouped(operations) : "",
    ]
  }
}

extension Model {
  /// Prints `summaryText`.
  public func summary() { print(summaryText) }

  /// A table of the layers: output shape, trained parameters and forward FLOPs of one example, with totals.
  ///
  /// The line of a layer with layers inside counts only its own work, so that the columns add up. Where a layer
  /// does not fit, the table ends with the error.
  public var summaryText: String {
    var context = LayerContext(Graph(input: input, element: element))
    let failure: GraphError?
    do {
      _ = try addLayers(to: &context)
      failure = nil
    } catch {
      failure = error
    }
    var table = [["layer", "output", "parameters", "forward FLOPs"]]
    table.append(["input", input.description, "", ""])
    table += context.rows.map(\.cells)
    if failure == nil {
      let parameters = context.rows.reduce(0) { $0 + $1.parameters }
      let operations = context.rows.reduce(0) { $0 + $1.operations }
      table.append(["total", "", grouped(parameters), grouped(operations)])
    }
    let lines = aligned(table) + (failure.map { ["error: \($0)"] } ?? [])
    return lines.joined(separator: "\n")
  }
}

/// Lines of a table: the first two columns begin together, numbers end together.
private func aligned(_ table: [[String]]) -> [String] {
  let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
  return table.map { cells in
    var line = ""
    for (column, cell) in cells.enumerated() {
      let fill = String(repeating: " ", count: widths[column] - cell.count)
      line += (column == 0 ? "" : "  ") + (column < 2 ? cell + fill : fill + cell)
    }
    let blanks = line.reversed().prefix { $0 == " " }.count
    return String(line.dropLast(blanks))
  }
}

/// `1,234,567`.
private func grouped(_ number: Int) -> String {
  var text = ""
  for (index, digit) in String(number).reversed().enumerated() {
    if index > 0 && index % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return String(text.reversed())
}
