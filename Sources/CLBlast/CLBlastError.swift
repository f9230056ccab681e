/// Why a product was not enqueued.
public enum CLBlastError: Error, Equatable, Sendable, CustomStringConvertible {
  /// This host has no usable `libclblast.so.1`; the text is the dynamic linker's.
  case libraryNotFound(String)
  /// An operand does not fit into its buffer.
  case bufferTooSmall(operand: String, neededByteCount: Int, byteCount: Int)
  /// A size is not positive.
  case emptyProduct(m: Int, n: Int, k: Int)
  /// CLBlast refused or failed.
  case failed(call: String, code: Int32)

  /// One sentence that says what to do where something can be done.
  public var description: String {
    switch self {
    case .libraryNotFound(let reason):
      "CLBlast not found: \(reason); install it, for example with: apt install libclblast1"
    case .bufferTooSmall(let operand, let needed, let byteCount):
      "CLBlastSgemm: operand \(operand) needs \(needed) bytes, its buffer has \(byteCount)"
    case .emptyProduct(let m, let n, let k):
      "CLBlastSgemm: m, n and k must be positive, but are \(m), \(n) and \(k)"
    case .failed(let call, let code):
      "\(call) failed: \(Self.names[code] ?? "unknown status") (\(code))"
    }
  }

  // The statuses of clblast_c.h that a product can give.
  private static let names: [Int32: String] = [
    -3: "OpenCLCompilerNotAvailable",
    -4: "TempBufferAllocFailure",
    -5: "OpenCLOutOfResources",
    -6: "OpenCLOutOfHostMemory",
    -11: "OpenCLBuildProgramFailure",
    -30: "InvalidValue",
    -36: "InvalidCommandQueue",
    -38: "InvalidMemObject",
    -42: "InvalidBinary",
    -43: "InvalidBuildOptions",
    -44: "InvalidProgram",
    -45: "InvalidProgramExecutable",
    -46: "InvalidKernelName",
    -47: "InvalidKernelDefinition",
    -48: "InvalidKernel",
    -49: "InvalidArgIndex",
    -50: "InvalidArgValue",
    -51: "InvalidArgSize",
    -52: "InvalidKernelArgs",
    -53: "InvalidLocalNumDimensions",
    -54: "InvalidLocalThreadsTotal",
    -55: "InvalidLocalThreadsDim",
    -56: "InvalidGlobalOffset",
    -57: "InvalidEventWaitList",
    -58: "InvalidEvent",
    -59: "InvalidOperation",
    -61: "InvalidBufferSize",
    -63: "InvalidGlobalWorkSize",
    -1024: "NotImplemented",
    -1022: "InvalidMatrixA",
    -1021: "InvalidMatrixB",
    -1020: "InvalidMatrixC",
    -1017: "InvalidDimension",
    -1016: "InvalidLeadDimA",
    -1015: "InvalidLeadDimB",
    -1014: "InvalidLeadDimC",
    -1010: "InsufficientMemoryA",
    -1009: "InsufficientMemoryB",
    -1008: "InsufficientMemoryC",
    -2048: "InsufficientMemoryTemp",
    -2047: "InvalidBatchCount",
    -2046: "InvalidOverrideKernel",
    -2045: "MissingOverrideParameter",
    -2044: "InvalidLocalMemUsage",
    -2043: "NoHalfPrecision",
    -2042: "NoDoublePrecision",
    -2041: "InvalidVectorScalar",
    -2040: "InsufficientMemoryScalar",
    -2039: "DatabaseError",
    -2038: "UnknownError",
    -2037: "UnexpectedError",
  ]
}
