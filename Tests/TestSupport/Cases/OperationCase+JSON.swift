import ComputeGraph

extension OperationCase {
  /// All that scripts/golden_operations.py needs to compute the case; a change makes the golden values stale.
  package struct Description: Codable, Equatable {
    package let name: String
    /// Swift's name of the operation, and its properties.
    let operation: String
    let options: [String: Value]
    let inputs: [[Int]]
    let output: [Int]
    let parameters: [String]
    let parameterShapes: [[Int]]
    let examples: Int, grain: Int, evaluation: Bool
    let seed: UInt64, step: UInt32
    let node: NodeID
  }

  /// A property of an operation.
  enum Value: Codable, Equatable {
    case none
    case flag(Bool), number(Double), text(String), list([Int])

    init(_ value: Any) {
      switch value {
      case let value as Bool: self = .flag(value)
      case let value as Int: self = .number(Double(value))
      case let value as Float: self = .number(Double(value))
      case let value as [Int]: self = .list(value)
      case let value as Range<Int>: self = .list([value.lowerBound, value.upperBound])
      case let value as Extent2D: self = .list([value.height, value.width])
      case let value as Shape: self = .list(value.dimensions)
      case let value as Int?: self = value.map { .number(Double($0)) } ?? .none
      case Optional<Any>.none: self = .none
      default: self = .text("\(value)")
      }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .none
      } else if let value = try? container.decode(Bool.self) {
        self = .flag(value)
      } else if let value = try? container.decode(Double.self) {
        self = .number(value)
      } else if let value = try? container.decode(String.self) {
        self = .text(value)
      } else {
        self = .list(try container.decode([Int].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .none: try container.encodeNil()
      case .flag(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .text(let value): try container.encode(value)
      case .list(let value): try container.encode(value)
      }
    }
  }

  /// The description.
  package func description() throws -> Description {
    let graph = try graph()
    let id = node(of: graph)
    let parameters = graph.nodes[id].parameters.map { graph.parameters[$0] }
    return Description(
      name: name, operation: "\(type(of: operation))", options: options,
      inputs: inputs.map(\.dimensions), output: graph.nodes[id].shape.dimensions,
      parameters: parameters.map { String($0.name.dropFirst("operation.".count)) },
      parameterShapes: parameters.map(\.shape.dimensions), examples: examples, grain: grain,
      evaluation: mode == .evaluation, seed: seed, step: setting.step, node: id)
  }

  /// The operation's properties by name; of an enum, its case and what it holds.
  private var options: [String: Value] {
    let mirror = Mirror(reflecting: operation)
    var options: [String: Value] = [:]
    guard mirror.displayStyle == .enum else {
      for case (let label?, let value) in mirror.children { options[label] = Value(value) }
      return options
    }
    guard let payload = mirror.children.first else { return ["case": .text("\(operation)")] }
    options["case"] = payload.label.map { .text($0) }
    for case (let label?, let value) in Mirror(reflecting: payload.value).children {
      options[label] = Value(value)
    }
    return options
  }
}
