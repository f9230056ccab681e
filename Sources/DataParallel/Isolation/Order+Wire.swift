import Coordination

extension WireWriter {
  mutating func write(_ order: Order) {
    write(order.id)
    write(order.replica)
    write(order.step)
    switch order.work {
    case .prepare: write(UInt8(0))
    case .load: write(UInt8(1))
    case .compute(let portion):
      write(UInt8(2))
      write(portion.grains)
      for flag in [portion.isFirst, portion.delivers, portion.digests] {
        write(flag ? 1 : 0 as UInt8)
      }
    case .deliver: write(UInt8(3))
    case .evaluate(let grains):
      write(UInt8(4))
      write(grains)
    case .upload(let bucket):
      write(UInt8(5))
      write(bucket)
    case .update: write(UInt8(6))
    case .read: write(UInt8(7))
    }
  }

  private mutating func write(_ range: Range<Int>) {
    write(range.lowerBound)
    write(range.upperBound)
  }
}

extension WireReader {
  mutating func readOrder() throws -> Order {
    let (id, replica) = (try read(Int.self), try read(Int.self))
    let step = try read(Int.self)
    return Order(id: id, replica: replica, step: step, work: try readWork())
  }

  private mutating func readWork() throws -> Work {
    switch try read(UInt8.self) {
    case 0: return .prepare
    case 1: return .load
    case 2:
      let grains = try readRange()
      let (isFirst, delivers) = (try readBool(), try readBool())
      return .compute(
        Portion(grains: grains, isFirst: isFirst, delivers: delivers, digests: try readBool()))
    case 3: return .deliver
    case 4: return .evaluate(try readRange())
    case 5: return .upload(bucket: try read(Int.self))
    case 6: return .update
    case 7: return .read
    default: throw Self.damaged
    }
  }
}
