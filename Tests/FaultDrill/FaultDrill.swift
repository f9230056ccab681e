import Foundation
import OpenCL

/// Makes the OpenCL calls of a small training fail, one run after the other.
///
///     FaultDrill count                       devices, and calls of one run by kind of fault that can befall them
///     FaultDrill every KIND [STRIDE]         every call in turn, or every STRIDEth
///     FaultDrill every KIND [STRIDE] device 1    only those of the second device
///     FaultDrill check NAME                  that the layer itself does what it says
///
/// With `vendors` at the end, all devices of the host train instead of two halves of one.
@main
struct FaultDrill {
  static let usage = Failure(
    description:
      "usage: FaultDrill count | every KIND [STRIDE] [device N] [vendors] | check NAME, where KIND is "
      + FaultKind.allCases.map(\.rawValue).joined(separator: ", ") + " and NAME is "
      + Check.allCases.map(\.rawValue).joined(separator: ", "))

  static func main() {
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(2)
    }
  }

  private static func run(_ given: [String]) throws {
    var arguments = given
    let vendors = arguments.last == "vendors"
    if vendors { arguments.removeLast() }
    var device: Int?
    if let index = arguments.firstIndex(of: "device"), index + 1 < arguments.count {
      device = Int(arguments[index + 1])
      arguments.removeSubrange(index...index + 1)
    }
    let kind = arguments.count > 1 ? FaultKind(rawValue: arguments[1]) : nil
    let stride = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 1
    guard stride > 0 else { throw usage }
    switch (arguments.first, kind) {
    case ("count", _):
      try count(try worker(device: device, vendors: vendors, kind: .error))
    case ("every", let kind?):
      let options = (device.map { ["device", "\($0)"] } ?? []) + (vendors ? ["vendors"] : [])
      let drill = Drill(kind: kind, stride: stride, options: options)
      guard try drill.run() else { exit(1) }
    case ("worker", let kind?):
      let start = arguments.count > 3 ? Int(arguments[3]) ?? 1 : 1
      try worker(device: device, vendors: vendors, kind: kind)
        .run(kind, from: start, stride: stride)
    case ("check", _):
      guard let check = Check(rawValue: arguments.last ?? "") else { throw usage }
      try check.run(FaultLayer.load())
    default:
      throw usage
    }
  }

  private static func worker(device: Int?, vendors: Bool, kind: FaultKind) throws -> Worker {
    let layer = try FaultLayer.load()
    let training = try Training(vendors: vendors, audits: kind.isCorruption)
    if let device, !training.devices.indices.contains(device) {
      throw Failure(
        description: "device \(device) is none of the training's \(training.devices.count): "
          + training.devices.map { "\($0.name) (\($0.platformName))" }.joined(separator: ", "))
    }
    layer.setDelay(20)
    // Wrong bits come from one device, which others outvote.
    return Worker(
      layer: layer, training: training, device: device ?? (kind.isCorruption ? 1 : nil),
      limit: .seconds(60))
  }

  private static func count(_ worker: Worker) throws {
    for (index, device) in worker.training.devices.enumerated() {
      print("device \(index): \(device.name) (\(device.platformName) \(device.platformVersion))")
    }
    let hash = try worker.reference().last ?? ""
    for kind in FaultKind.allCases {
      let counts = worker.training.devices.map { worker.layer.count(kind, device: $0) }
      print("\(kind.rawValue): \(worker.layer.count(kind)), of the devices \(counts)")
    }
    let repeats = 20
    let time = try ContinuousClock().measure {
      for _ in 0..<repeats { _ = try worker.training.run() }
    }
    print("\(time / repeats) per run, weights \(hash)")
  }
}
