/// One launch of a kernel, in terms of the plan: the kernel's name, its arguments, its work-items.
///
/// A step knows no device and no number of examples. It is all that an operation says about its kernels.
public struct Step: Sendable, Hashable {
  /// Name of the kernel in its source file.
  public let kernel: String
  /// The arguments, in the kernel's order.
  public var arguments: [Argument]
  /// Build options, each given to the compiler as `-DNAME=value`.
  public var options: [Option]
  /// Work-items of each dimension, one to three.
  public var workItems: [Extent]
  /// The product whose register tile the device chooses (`TILE_ROWS`, `TILE_VECTORS`), if the kernel has one.
  public var tile: TileRequest?
  /// Floating-point operations for each example, an fma being two, where they and not bytes decide the time.
  public var operationsPerExample: Int?
  /// Whether the sums of the step's parameter must be zeros before the first wave; others write them.
  public var fillsSums = false
  /// Whether no step before this one, in backward, adds to the sums of the same parameter.
  public internal(set) var isFirstContribution = true

  /// A step; see the properties.
  public init(
    _ kernel: String, _ arguments: [Argument], options: [Option] = [], workItems: [Extent],
    tile: TileRequest? = nil, operationsPerExample: Int? = nil, fillsSums: Bool = false
  ) {
    self.kernel = kernel
    self.arguments = arguments
    self.options = options
    self.workItems = workItems
    self.tile = tile
    self.operationsPerExample = operationsPerExample
    self.fillsSums = fillsSums
  }

  /// A value that a kernel is given.
  public enum Argument: Sendable, Hashable {
    /// A tensor that the step writes, or reads.
    case output(TensorID), input(TensorID)
    /// A parameter's values.
    case weight(ParameterID)
    /// A parameter's gradient sums (longs), and where a gradient that does not fit is reported.
    case sums(ParameterID), magnitude(ParameterID)
    /// Examples of the wave, examples of a grain (both times a number, such as rows of an example), grains of the wave.
    case examples(times: Int = 1), grain(times: Int = 1), grains
    /// A constant.
    case int(Int), word(UInt32), float(Float)
    /// How gradients are rounded: the scale, the bits of the least magnitude that does not fit, and whether sums
    /// are added to or written.
    case scale, limit, accumulate
    /// The index of each example in its data set (`[N]` words), and the words of the run: seed low, seed high, step.
    case keys, run
  }

  /// A build option.
  public struct Option: Sendable, Hashable {
    /// Name of the macro.
    public let name: String
    /// Its value.
    public let value: Int

    /// The option `-Dname=value`.
    public init(_ name: String, _ value: Int) {
      self.name = name
      self.value = value
    }
  }

  /// So many units, as a function of the wave.
  public enum Units: Sendable, Hashable {
    /// The same for any wave.
    case fixed(Int)
    /// So many per example, or per grain.
    case perExample(Int), perGrain(Int)
    /// So many for each example of one grain.
    case perExampleOfGrain(Int)
  }

  /// Work-items of one dimension: units, so many to a work-item.
  public enum Extent: Sendable, Hashable {
    /// `perItem` units to a work-item, the last one may have fewer.
    case of(Units, perItem: Int = 1)
    /// One work-item per tile of rows, or of columns: those of each of `groups` products on their own.
    case tilesOfRows(Units), tilesOfColumns(Int, groups: Int = 1)
    /// One work-item per tile of the taps of a filter.
    case tilesOfTaps(Int)
  }

  /// A product whose tile is to be chosen.
  public struct TileRequest: Sendable, Hashable {
    /// What the rows of the tile are.
    public enum Kind: Sendable, Hashable {
      /// Rows one after another in memory: examples, tokens. A work-item takes a block (`BLOCK_ROWS`, `BLOCK_VECTORS`).
      case rows
      /// Pixels of images, each with an address of its own.
      case pixels
      /// Rows of a matrix of its own.
      case matrix
      /// Inputs of a weight's gradient, of which a work-item takes a block (`BLOCK_ROWS`, `BLOCK_VECTORS`).
      case weight
      /// Taps and channels of a filter's gradient together: each row needs an address of its own.
      case tapsAndChannels
      /// The same for filters, whose taps may share a tile (`TILE_TAPS`).
      case filters(taps: Int)
      /// Inner elements of an attention, whose columns are tokens.
      case tokens
      /// Tiles of 2 x 2 pixels of Winograd's filtering, of which a work-item takes a block (`BLOCK_ROWS`,
      /// `BLOCK_VECTORS`).
      case winograd
      /// Input channels of its filters, likewise.
      case winogradFilters
    }

    /// What the rows are.
    public let kind: Kind
    /// Rows that a tile should not waste: of an example, a line or a weight.
    public let rows: Int
    /// Columns of the product.
    public let columns: Int

    /// A product of `rows` by `columns`.
    public init(_ kind: Kind, rows: Int, columns: Int) {
      self.kind = kind
      self.rows = rows
      self.columns = columns
    }
  }
}

extension Step {
  /// The parameter to whose gradient this step adds, if any.
  public var parameter: ParameterID? {
    for case .sums(let id) in arguments { return id }
    return nil
  }

  /// The tensors that this step writes.
  public var outputs: [TensorID] {
    arguments.compactMap { if case .output(let id) = $0 { id } else { nil } }
  }

  /// The tensors that this step reads.
  public var inputs: [TensorID] {
    arguments.compactMap { if case .input(let id) = $0 { id } else { nil } }
  }

  /// All tensors; the memory plan keeps them alive during the step.
  public var tensors: [TensorID] { outputs + inputs }

  /// The same step on other tensors, as `renamed` says.
  func renaming(_ renamed: [TensorID: TensorID]) -> Step {
    var step = self
    step.arguments = arguments.map { argument in
      switch argument {
      case .output(let id): .output(renamed[id] ?? id)
      case .input(let id): .input(renamed[id] ?? id)
      default: argument
      }
    }
    return step
  }
}
