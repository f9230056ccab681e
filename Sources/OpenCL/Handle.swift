import COpenCL
import Glibc
import Synchronization

/// Counts what this process holds of OpenCL.
public enum OpenCLObjects {
  fileprivate static let held = Atomic(0)

  /// References to contexts, queues, buffers, programs, kernels, events and sub-devices that are not yet released.
  public static var count: Int { held.load(ordering: .relaxed) }
}

/// Owns one reference to an OpenCL object; releases it in `deinit`.
///
/// All owned objects of this module are `Handle`s, so this file is where references are counted.
///
/// Sendable: the pointer never changes, and OpenCL's calls are thread-safe on every kind but a
/// kernel, which the type `Kernel` keeps from crossing threads.
final class Handle<Kind: HandleKind>: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes over a reference that the caller was given (+1 given).
  init(adopting pointer: OpaquePointer) {
    self.pointer = pointer
    OpenCLObjects.held.add(1, ordering: .relaxed)
  }

  /// Adds a reference of its own to the caller's (+1 taken).
  init(retaining pointer: OpaquePointer) throws(OpenCLError) {
    try check(Kind.retainName, Kind.retain(pointer))
    self.pointer = pointer
    OpenCLObjects.held.add(1, ordering: .relaxed)
  }

  /// Takes over what `call` created, or throws its status.
  convenience init(
    adopting created: OpaquePointer?, from call: StaticString, _ code: Int32,
    _ detail: @autoclosure () -> String = ""
  ) throws(OpenCLError) {
    try check(call, code, detail())
    guard let created else {
      throw OpenCLError(call: "\(call)", code: code, detail: "success, but no object came back")
    }
    self.init(adopting: created)
  }

  deinit {
    OpenCLObjects.held.subtract(1, ordering: .relaxed)
    let code = Kind.release(pointer)
    guard code != CL_SUCCESS else { return }
    report(OpenCLError(call: "\(Kind.releaseName)", code: code))
  }

  /// The number of references that the runtime counts; for tests.
  func referenceCount() throws(OpenCLError) -> Int {
    try Int(
      Query(Kind.infoName) { [pointer] in Kind.info(pointer, $0, $1, $2, $3) }
        .value(Kind.referenceCountParameter, as: UInt32.self))
  }
}

/// Writes an error that nobody can catch to standard error.
func report(_ error: OpenCLError) {
  let line = "chorus: \(error)\n"
  _ = line.utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// How the objects of one kind are retained, released and counted.
protocol HandleKind {
  static var retainName: StaticString { get }
  static var releaseName: StaticString { get }
  static var infoName: StaticString { get }
  static var referenceCountParameter: Int32 { get }
  static func retain(_ pointer: OpaquePointer) -> Int32
  static func release(_ pointer: OpaquePointer) -> Int32
  static func info(
    _ pointer: OpaquePointer, _ parameter: UInt32, _ byteCount: Int,
    _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?
  ) -> Int32
}

enum DeviceObject: HandleKind {
  static let retainName: StaticString = "clRetainDevice"
  static let releaseName: StaticString = "clReleaseDevice"
  static let infoName: StaticString = "clGetDeviceInfo"
  static let referenceCountParameter = CL_DEVICE_REFERENCE_COUNT
  static func retain(_ pointer: OpaquePointer) -> Int32 { clRetainDevice(pointer) }
  static func release(_ pointer: OpaquePointer) -> Int32 { clReleaseDevice(pointer) }
  static func info(
    _ pointer: OpaquePointer, _ parameter: UInt32, _ byteCount: Int,
    _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?
  ) -> Int32 { clGetDeviceInfo(pointer, parameter, byteCount, value, needed) }
}

enum ContextObject: HandleKind {
  static let retainName: StaticString = "clRetainContext"
  static let releaseName: StaticString = "clReleaseContext"
  static let infoName: StaticString = "clGetContextInfo"
  static let referenceCountParameter = CL_CONTEXT_REFERENCE_COUNT
  static func retain(_ pointer: OpaquePointer) -> Int32 { clRetainContext(pointer) }
  static func release(_ pointer: OpaquePointer) -> Int32 { clReleaseContext(pointer) }
  static func info(
    _ pointer: OpaquePointer, _ parameter: UInt32, _ byteCount: Int,
    _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?
  ) -> Int32 { clGetContextInfo(pointer, parameter, byteCount, value, needed) }
}

enum CommandQueueObject: HandleKind {
  static let retainName: StaticString = "clRetainCommandQueue"
  static let releaseName: StaticString = "clReleaseCommandQueue"
  static let infoName: StaticString = "clGetCommandQueueInfo"
  static let referenceCountParameter = CL_QUEUE_REFERENCE_COUNT
  static func retain(_ pointer: OpaquePointer) -> Int32 { clRetainCommandQueue(pointer) }
  static func release(_ pointer: OpaquePointer) -> Int32 { clReleaseCommandQueue(pointer) }
  static func info(
    _ pointer: OpaquePointer, _ parameter: UInt32, _ byteCount: Int,
    _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?
  ) -> Int32 { clGetCommandQueueInfo(pointer, parameter, byteCount, value, needed) }
}

enum MemoryObject: HandleKind {
  static let retainName: StaticString = "clRetainMemObject"
  static let releaseName: StaticString = "clReleaseMemObject"
  static let infoName: StaticString = "clGetMemObjectInfo"
  static let referenceCountParameter = CL_MEM_REFERENCE_COUNT
  static func retain(_ pointer: OpaquePointer) -> Int32 { clRetainMemObject(pointer) }
  static func release(_ pointer: OpaquePointer) -> Int32 { clReleaseMemObject(pointer) }
  static func info(
    _ pointer: OpaquePointer, _ parameter: UInt32, _ byteCount: Int,
    _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?
  ) -> Int32 { clGetMemObjectInfo(pointer, parameter, byteCount, value, needed) }
}

enum ProgramObject: HandleKind {
  static let retainName: StaticString = "clRetainProgram"
  static let releaseName: StaticString = "clReleaseProgram"
  static let infoName: StaticString = "clGetProgramInfo"
  static let referenceCountParameter = CL_PROGRAM_REFERENCE_COUNT
  static func retain(_ pointer: OpaquePointer) -> Int32 { clRetainProgram(pointer) }
  static func release(_ pointer: OpaquePointer) -> Int32 { clReleaseProgram(pointer) }
  static func info(
    _ pointer: OpaquePointer, _ parameter: UInt32, _ byteCount: Int,
    _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?
  ) -> Int32 { clGetProgramInfo(pointer, parameter, byteCount, value, needed) }
}

enum KernelObject: HandleKind {
  static let retainName: StaticString = "clRetainKernel"
  static let releaseName: StaticString = "clReleaseKernel"
  static let infoName: StaticString = "clGetKernelInfo"
  static let referenceCountParameter = CL_KERNEL_REFERENCE_COUNT
  static func retain(_ pointer: OpaquePointer) -> Int32 { clRetainKernel(pointer) }
  static func release(_ pointer: OpaquePointer) -> Int32 { clReleaseKernel(pointer) }
  static func info(
    _ pointer: OpaquePointer, _ parameter: UInt32, _ byteCount: Int,
    _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?
  ) -> Int32 { clGetKernelInfo(pointer, parameter, byteCount, value, needed) }
}

enum EventObject: HandleKind {
  static let retainName: StaticString = "clRetainEvent"
  static let releaseName: StaticString = "clReleaseEvent"
  static let infoName: StaticString = "clGetEventInfo"
  static let referenceCountParameter = CL_EVENT_REFERENCE_COUNT
  static func retain(_ pointer: OpaquePointer) -> Int32 { clRetainEvent(pointer) }
  static func release(_ pointer: OpaquePointer) -> Int32 { clReleaseEvent(pointer) }
  static func info(
    _ pointer: OpaquePointer, _ parameter: UInt32, _ byteCount: Int,
    _ value: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?
  ) -> Int32 { clGetEventInfo(pointer, parameter, byteCount, value, needed) }
}
