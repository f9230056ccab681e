/// What a replica's process says to the one that trains.
enum Reply {
  /// An order is done; where it was to compute, with what it found.
  case completed(order: Int, seconds: Double, outcome: ShardOutcome?)
  /// A bucket lies in the shared memory.
  case delivered(order: Int, bucket: Int)
  /// The bits of the order's portion.
  case digest(order: Int, digest: [UInt8])
  /// The state lies in the shared memory, until its reader says that it has it.
  case state(order: Int)
  /// The order could not be done.
  case failed(order: Int, reason: String)
  /// The order needs these examples in the shared memory.
  case examples(order: Int, indices: [Int])
  /// The process cannot be used.
  case refused(reason: String)
}

extension Reply {
  /// The message.
  func message() -> [UInt8] {
    var writer = WireWriter()
    switch self {
    case .completed(let order, let seconds, let outcome):
      writer.write(UInt8(0))
      writer.write(order)
      writer.write(seconds)
      writer.write(outcome == nil ? 0 : 1 as UInt8)
      guard let outcome else { break }
      writer.write(outcome.losses)
      writer.write(outcome.correctCount)
      writer.write(outcome.countedCount)
    case .delivered(let order, let bucket):
      writer.write(UInt8(1))
      writer.write(order)
      writer.write(bucket)
    case .digest(let order, let digest):
      writer.write(UInt8(2))
      writer.write(order)
      writer.write(digest)
    case .state(let order):
      writer.write(UInt8(3))
      writer.write(order)
    case .failed(let order, let reason):
      writer.write(UInt8(4))
      writer.write(order)
      writer.write(reason)
    case .examples(let order, let indices):
      writer.write(UInt8(5))
      writer.write(order)
      writer.write(indices)
    case .refused(let reason):
      writer.write(UInt8(6))
      writer.write(reason)
    }
    return writer.bytes
  }

  /// Reads a message.
  init(_ message: [UInt8]) throws {
    var reader = WireReader(message)
    let kind = try reader.read(UInt8.self)
    if kind == 6 {
      self = .refused(reason: try reader.readText())
      return
    }
    let order = try reader.read(Int.self)
    switch kind {
    case 0:
      let seconds = try reader.read(Double.self)
      var outcome: ShardOutcome?
      if try reader.readBool() {
        outcome = ShardOutcome(
          losses: try reader.readArray(Float.self), correctCount: try reader.read(Int.self),
          countedCount: try reader.read(Int.self))
      }
      self = .completed(order: order, seconds: seconds, outcome: outcome)
    case 1: self = .delivered(order: order, bucket: try reader.read(Int.self))
    case 2: self = .digest(order: order, digest: try reader.readArray(UInt8.self))
    case 3: self = .state(order: order)
    case 4: self = .failed(order: order, reason: try reader.readText())
    case 5: self = .examples(order: order, indices: try reader.readArray(Int.self))
    default: throw WireReader.damaged
    }
  }
}
