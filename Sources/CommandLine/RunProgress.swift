import Chorus
import Foundation

/// What a run has told so far: kept in its checkpoints, so that the summary of a resumed run is that of the whole.
struct RunProgress {
  /// Mean loss of each step.
  var lossCurve: [Double] = []
  var evaluations: [Summary.HeldOut] = []
  /// Steps after which the run was resumed.
  var resumedAfter: [Int] = []
  /// Examples and seconds of the steps before it was last resumed.
  var earlier = Earlier()

  struct Earlier: Codable {
    var examples = 0
    var seconds = 0.0
  }

  private struct Record: Codable {
    let evaluations: [Summary.HeldOut]
    let resumedAfter: [Int]
    let earlier: Earlier
  }

  private static let lossesName = "losses", recordName = "progress"

  init() {}

  /// The progress that a checkpoint holds; nil where it holds none of as many steps as it has.
  init?(_ state: TrainingState) {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let losses = state.attachments[Self.lossesName], losses.count == state.step * 8,
      let data = state.attachments[Self.recordName],
      let record = try? decoder.decode(Record.self, from: data)
    else { return nil }
    lossCurve = losses.withUnsafeBytes { bytes in
      (0..<state.step).map { step in
        let bits = bytes.loadUnaligned(fromByteOffset: step * 8, as: UInt64.self)
        return Double(bitPattern: UInt64(littleEndian: bits))
      }
    }
    evaluations = record.evaluations
    resumedAfter = record.resumedAfter
    earlier = record.earlier
  }

  /// What a checkpoint keeps, with the speed of the run so far.
  func attachments(_ throughput: Throughput) throws -> [String: Data] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let record = Record(
      evaluations: evaluations, resumedAfter: resumedAfter,
      earlier: Earlier(examples: throughput.examples, seconds: throughput.seconds))
    return [
      Self.lossesName: lossCurve.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) },
      Self.recordName: try encoder.encode(record),
    ]
  }
}
