import Foundation
import Glibc
import OpenCL

/// What can happen to an OpenCL call; the names are those of the layer.
enum FaultKind: String, CaseIterable {
  case error, hang, bits, memory, lost, event, stall, abort, slow

  /// Whether the device computes something else, and nothing fails.
  var isCorruption: Bool { self == .bits || self == .memory }
}

/// The layer between the loader and the drivers, which counts calls and makes chosen ones fail.
///
/// Its functions are looked up: a linked copy would be another one, which sees no call.
///
/// Sendable: the pointers never change, and the layer locks.
struct FaultLayer: @unchecked Sendable {
  private typealias Arm = @convention(c) (Int32, Int, Int32, Int32) -> Int32
  private typealias Count = @convention(c) (Int32, Int32) -> Int
  private typealias Name = @convention(c) (Int) -> UnsafePointer<CChar>?

  /// Disarms every fault, lets everything go that hangs, and counts from 0 again.
  let reset: @convention(c) () -> Void
  /// Lets everything go that hangs.
  let release: @convention(c) () -> Void
  /// Calls that a fault befell.
  let hits: @convention(c) () -> Int
  /// How late a slow call is.
  let setDelay: @convention(c) (_ milliseconds: Int32) -> Void
  private let number: @convention(c) (UnsafeRawPointer?) -> Int32
  private let arm: Arm, count: Count, name: Name

  /// Loads OpenCL through the layer, which lies beside this program.
  static func load() throws -> FaultLayer {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = URL(fileURLWithPath: program).deletingLastPathComponent()
      .appendingPathComponent("libFaultLayer.so").path
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure(description: "\(path) was not built; run `swift build --build-tests`")
    }
    // The loader reads this when it is opened, by the first call.
    setenv("OPENCL_LAYERS", path, 1)
    _ = try Platform.all()
    guard let library = dlopen(path, RTLD_NOW | RTLD_NOLOAD) else {
      throw Failure(description: "this host's OpenCL loader ignores OPENCL_LAYERS")
    }
    return try FaultLayer(library)
  }

  private init(_ library: UnsafeMutableRawPointer) throws {
    func find<Function>(_ symbol: String, as type: Function.Type) throws -> Function {
      guard let address = dlsym(library, "chorus_fault_\(symbol)") else {
        throw Failure(description: "the layer has no chorus_fault_\(symbol)")
      }
      return unsafeBitCast(address, to: type)
    }
    reset = try find("reset", as: (@convention(c) () -> Void).self)
    release = try find("release", as: (@convention(c) () -> Void).self)
    hits = try find("hits", as: (@convention(c) () -> Int).self)
    setDelay = try find("delay", as: (@convention(c) (Int32) -> Void).self)
    number = try find("device", as: (@convention(c) (UnsafeRawPointer?) -> Int32).self)
    arm = try find("arm", as: Arm.self)
    count = try find("count", as: Count.self)
    name = try find("name", as: Name.self)
  }

  /// Arms a fault at the `call`th call from now (from 1) of those that it can befall.
  ///
  /// - Parameters:
  ///   - kind: What happens.
  ///   - call: Which call.
  ///   - device: Only calls on this device count.
  ///   - isSticky: Whether all later calls are hit too.
  /// - Throws: `Failure` where too many faults are armed.
  func arm(
    _ kind: FaultKind, call: Int, device: Device? = nil, isSticky: Bool = false
  ) throws {
    guard arm(code(of: kind), call, number(of: device), isSticky ? 1 : 0) == 0 else {
      throw Failure(description: "the fault \(kind) at call \(call) cannot be armed")
    }
  }

  /// Calls so far that this kind can befall.
  func count(_ kind: FaultKind, device: Device? = nil) -> Int {
    count(code(of: kind), number(of: device))
  }

  /// The function that was hit, from 0.
  func name(ofHit index: Int = 0) -> String { name(index).map { String(cString: $0) } ?? "none" }

  // The kinds are declared in the order of the layer's header.
  private func code(of kind: FaultKind) -> Int32 {
    Int32(FaultKind.allCases.firstIndex(of: kind) ?? -1)
  }

  private func number(of device: Device?) -> Int32 {
    device.map { number(UnsafeRawPointer($0.rawPointer)) } ?? -1
  }
}

/// Why the drill could not do its work.
struct Failure: Error, CustomStringConvertible {
  let description: String
}
