import Foundation

// A checkpoint, version 1; all integers little-endian:
//
//   0   8 bytes  "CHORUSCP"
//   8   UInt64   version
//   16  UInt64   length of the header, so that the payload begins at a multiple of 64
//   24  JSON     the header, keys sorted, spaces behind it
//       payload  arrays of 32-bit floats, then attachments; each begins at a multiple of 64, zeros between
//       32 bytes SHA-256 of everything before

/// The constants of the format.
enum CheckpointFormat {
  static let magic = Array("CHORUSCP".utf8)
  static let version: UInt64 = 1
  /// Bytes before the header.
  static let preambleByteCount = 24
  /// Every array begins at a multiple of so many bytes.
  static let alignment = 64
  static let hashByteCount = 32

  /// The next multiple of the alignment.
  static func aligned(_ byteCount: Int) -> Int {
    (byteCount + alignment - 1) / alignment * alignment
  }
}

/// The JSON of a checkpoint: all but the values.
struct CheckpointHeader: Codable {
  struct Entry: Codable {
    let name: String
    /// From the beginning of the payload.
    let byteOffset: Int
    let byteCount: Int
  }

  var identity: RunIdentity
  var step: Int
  /// Where the order of the examples stands; follows from step and seed, and is here for readers.
  var epoch: Int
  var nextExample: Int
  /// Random numbers are functions of these two words: all the random state there is.
  var randomState: [UInt64]
  var scaleExponents: [Int]
  var kernels: String
  /// Names of the arrays that each parameter has: `weights`, what the optimizer keeps, `average`.
  var sections: [String]
  /// Section after section, in each the parameters in their order.
  var arrays: [Entry]
  var attachments: [Entry]

  /// Name of the moving averages' section.
  static let averages = "average"
  /// Name of the weights' section.
  static let weights = "weights"
}

extension CheckpointHeader {
  /// The header of a state.
  init(_ state: TrainingState) {
    identity = state.identity
    step = state.step
    (epoch, nextExample) = state.cursor
    randomState = [state.identity.seed, UInt64(state.step)]
    scaleExponents = state.scaleExponents
    kernels = state.kernels
    sections = state.sections.map(\.name)
    var end = 0
    func entry(_ name: String, _ byteCount: Int) -> Entry {
      defer { end = CheckpointFormat.aligned(end + byteCount) }
      return Entry(name: name, byteOffset: end, byteCount: byteCount)
    }
    arrays = state.sections.flatMap { section in
      zip(state.identity.parameters, section.values).map { parameter, values in
        entry("\(section.name)/\(parameter.name)", values.count * MemoryLayout<Float>.stride)
      }
    }
    attachments = state.attachments.sorted { $0.key < $1.key }.map { entry($0.key, $0.value.count) }
  }
}

extension TrainingState {
  /// All arrays, by what they are.
  var sections: [(name: String, values: [[Float]])] {
    [(CheckpointHeader.weights, weights)] + states
      + (averages.isEmpty ? [] : [(CheckpointHeader.averages, averages)])
  }
}
