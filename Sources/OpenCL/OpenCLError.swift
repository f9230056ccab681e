import COpenCL

/// An OpenCL call that failed: which, with what status, and on what.
public struct OpenCLError: Error, CustomStringConvertible, Sendable, Equatable {
  /// The function that failed, such as `clBuildProgram`.
  public let call: String

  /// The status that the function returned.
  public let code: Int32

  /// What the function was asked to do; may be empty.
  public let detail: String

  /// Creates an error from a call, its status and what it worked on.
  public init(call: String, code: Int32, detail: String = "") {
    self.call = call
    self.code = code
    self.detail = detail
  }

  /// The code of the error that says that this host has no usable `libOpenCL.so.1`.
  ///
  /// It lies outside the ranges of OpenCL, of its extensions and of CLBlast.
  public static let loaderNotFound: Int32 = -90_001

  /// The status of a host, or of a driver, that has no platform; of cl_ext.h.
  static let platformNotFound: Int32 = -1001

  /// The name of the status, such as `CL_INVALID_VALUE`.
  public var name: String { Self.names[code] ?? "unknown status" }

  /// One sentence: call, status and detail.
  public var description: String {
    let head = "\(call) failed: \(name) (\(code))"
    return detail.isEmpty ? head : "\(head), \(detail)"
  }
}

/// Throws unless `code` is success; `detail` is only built for the error.
@inline(__always)
func check(
  _ call: StaticString, _ code: Int32, _ detail: @autoclosure () -> String = ""
) throws(OpenCLError) {
  guard code != CL_SUCCESS else { return }
  throw OpenCLError(call: "\(call)", code: code, detail: detail())
}

/// Throws unless bytes `offset ..< offset + byteCount` lie inside memory of `available` bytes.
///
/// Drivers check device buffers only; host memory is ours to check.
func checkRange(
  _ call: StaticString, _ what: String, offset: Int, byteCount: Int, available: Int
) throws(OpenCLError) {
  guard offset < 0 || byteCount <= 0 || byteCount > available - offset else { return }
  throw OpenCLError(
    call: "\(call)", code: CL_INVALID_VALUE,
    detail: "\(byteCount) bytes at offset \(offset) of a \(what) of \(available) bytes")
}
