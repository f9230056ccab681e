/// The tiles that were chosen for the products of a device, by what they compute.
public struct TileTable: Sendable, Hashable {
  /// What was chosen.
  public private(set) var entries: [TileKey: TunedTile]

  /// A table of some choices; an empty one by default.
  public init(_ entries: [TileKey: TunedTile] = [:]) { self.entries = entries }

  /// The choice for a product, if there is one.
  public subscript(key: TileKey) -> TunedTile? {
    get { entries[key] }
    set { entries[key] = newValue }
  }

  /// Takes over the choices of a newer table.
  public mutating func merge(_ newer: TileTable) {
    entries.merge(newer.entries) { $1 }
  }

  /// The choices, the longest launches first.
  public var longestFirst: [(key: TileKey, choice: TunedTile)] {
    entries.map { (key: $0.key, choice: $0.value) }.sorted {
      ($1.choice.standardSeconds, $0.key.kernel, $0.choice.operand)
        < ($0.choice.standardSeconds, $1.key.kernel, $1.choice.operand)
    }
  }
}

extension TileTable: Codable {
  /// One choice as it stands in a file.
  private struct Row: Codable {
    let key: TileKey
    let choice: TunedTile
  }

  /// Reads a list of choices.
  public init(from decoder: any Decoder) throws {
    let rows = try decoder.singleValueContainer().decode([Row].self)
    self.init(Dictionary(rows.map { ($0.key, $0.choice) }) { $1 })
  }

  /// Writes a list of choices, the longest launches first.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(longestFirst.map { Row(key: $0.key, choice: $0.choice) })
  }
}
