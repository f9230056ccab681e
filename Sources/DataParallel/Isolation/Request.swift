import ComputeGraph
import Coordination
import Execution
import Foundation

/// What the process that trains says to the one with a replica.
enum Request {
  /// The first message: who the replica is.
  case setup(ReplicaSetup)
  /// An order, with what it needs beyond the shared memory.
  case order(Order, Attachment)
  /// The examples that were asked for are in the shared memory.
  case examplesReady
  /// The state in the shared memory has been read.
  case stateTaken

  /// What comes with an order.
  enum Attachment {
    case none
    /// The batch and what is expected to follow; only the examples of the order's own grains are those of the run.
    case batch(GlobalBatch, [GradientScale], ahead: (batch: GlobalBatch, grains: Range<Int>)?)
    /// The scalars of an update.
    case numbers(UpdateNumbers)
  }
}

/// What a replica's process is told about itself.
struct ReplicaSetup: Codable {
  /// What messages call it.
  let name: String
  /// Committed steps.
  let step: Int
  /// Most grains of one wave.
  let waveGrains: Int
  /// When a bucket is closed.
  let buckets: BucketSizes
  /// The device and the driver that it must find.
  let device: String, driver: String
  /// Of the plan that it must have built.
  let digest: String
  /// Faults of a drill.
  let injections: [Injection]
}

extension Request {
  /// The message.
  func message() throws -> [UInt8] {
    var writer = WireWriter()
    switch self {
    case .setup(let setup):
      writer.write(UInt8(0))
      writer.write(Array(try JSONEncoder().encode(setup)))
    case .order(let order, let attachment):
      writer.write(UInt8(1))
      writer.write(order)
      switch attachment {
      case .none: writer.write(UInt8(0))
      case .batch(let batch, let scales, let ahead):
        writer.write(UInt8(1))
        writer.write(batch, grains: order.work.grains ?? 0..<0)
        writer.write(scales.map { $0 == .measuring ? Self.measuring : $0.exponent })
        writer.write(UInt8(ahead == nil ? 0 : 1))
        if let ahead { writer.write(ahead.batch, grains: ahead.grains) }
      case .numbers(let numbers):
        writer.write(UInt8(2))
        writer.write(numbers.words)
      }
    case .examplesReady: writer.write(UInt8(2))
    case .stateTaken: writer.write(UInt8(3))
    }
    return writer.bytes
  }

  /// Stands for the scale that fits nothing.
  private static let measuring = Int.min

  /// Reads a message.
  init(_ message: [UInt8]) throws {
    var reader = WireReader(message)
    switch try reader.read(UInt8.self) {
    case 0:
      let data = Data(try reader.readArray(UInt8.self))
      self = .setup(try JSONDecoder().decode(ReplicaSetup.self, from: data))
    case 1: self = .order(try reader.readOrder(), try Self.attachment(&reader))
    case 2: self = .examplesReady
    case 3: self = .stateTaken
    default: throw WireReader.damaged
    }
  }

  private static func attachment(_ reader: inout WireReader) throws -> Attachment {
    switch try reader.read(UInt8.self) {
    case 0: return .none
    case 1:
      let (batch, _) = try reader.readBatch()
      let scales = try reader.readArray(Int.self).map { exponent in
        guard exponent != measuring else { return GradientScale.measuring }
        guard GradientScale.exponents.contains(exponent) else { throw WireReader.damaged }
        return GradientScale(exponent: exponent)
      }
      return .batch(batch, scales, ahead: try reader.readBool() ? try reader.readBatch() : nil)
    case 2:
      guard let numbers = UpdateNumbers(words: try reader.readArray(UInt32.self)) else {
        throw WireReader.damaged
      }
      return .numbers(numbers)
    default: throw WireReader.damaged
    }
  }
}

extension Work {
  /// The grains that it is about.
  fileprivate var grains: Range<Int>? {
    switch self {
    case .compute(let portion): portion.grains
    case .evaluate(let grains): grains
    default: nil
    }
  }
}
