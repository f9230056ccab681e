public import ComputeGraph

/// What one product is to a tuner: equal keys stand for equal work, whatever the plan.
public struct TileKey: Sendable, Hashable, Codable {
  /// Name of the kernel, in its variant.
  public let kernel: String
  /// Build options but for those of the tile, as `NAME=value`, sorted.
  public let options: [String]
  /// Arguments that are whole numbers, in the kernel's order: shapes, and the rows of a grain.
  public let integers: [Int]
  /// Most examples of one wave.
  public let examples: Int

  /// The key of a step; nil where it has no tile.
  ///
  /// - Parameters:
  ///   - step: The step.
  ///   - examples: Most examples of one wave.
  ///   - grain: Examples of a grain.
  ///   - variant: The variant of the kernel that the tile is for.
  public init?(_ step: Step, examples: Int, grain: Int, variant: KernelVariant = .cpu) {
    guard step.tile != nil, let name = variant.name(of: step.kernel) else { return nil }
    kernel = name
    options = step.options.map { "\($0.name)=\($0.value)" }.sorted()
    integers = step.arguments.compactMap { argument in
      switch argument {
      case .int(let value): value
      case .grain(let times): grain * times
      default: nil
      }
    }
    self.examples = examples
  }
}

/// The tile that a tuner chose for one product, and how it was measured.
public struct TunedTile: Sendable, Hashable, Codable {
  /// The parameter whose gradient the product is, or the tensor that it writes, in the network that was tuned.
  public let operand: String
  /// Floating-point operations of one launch, an fma being two; 0 where they are not known.
  public let operations: Double
  /// The tile that was chosen, and the seconds of one launch.
  public let tile: Tile, seconds: Double
  /// The tile that would be used without, and its seconds in the same rounds.
  public let standard: Tile, standardSeconds: Double

  /// A choice, and the figures behind it.
  public init(
    operand: String = "", operations: Double = 0, tile: Tile, seconds: Double = 0,
    standard: Tile, standardSeconds: Double = 0
  ) {
    self.operand = operand
    self.operations = operations
    self.tile = tile
    self.seconds = seconds
    self.standard = standard
    self.standardSeconds = standardSeconds
  }
}
