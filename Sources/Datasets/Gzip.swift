import CZlib

/// Gzip files (RFC 1952): one or more members, each with its own checksum.
package enum Gzip {
  /// Whether `bytes` begin like a gzip member.
  package static func isCompressed(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x1F, 0x8B])
  }

  /// The members of `bytes`, decompressed and joined; `file` names them in errors.
  ///
  /// Throws where the result would be longer than `byteLimit`: a small damaged or hostile file must
  /// not fill the memory.
  package static func inflate(
    _ bytes: [UInt8], file: String, byteLimit: Int = 1 << 30
  ) throws(DatasetError) -> [UInt8] {
    var output: [UInt8] = []
    var consumed = 0
    repeat {
      guard isCompressed(Array(bytes[consumed...].prefix(2))) else {
        throw damaged(
          file, consumed == 0 ? "this is not gzip data" : "the gzip data has bytes after its end")
      }
      consumed += try inflateMember(
        bytes, from: consumed, into: &output, file: file, byteLimit: byteLimit)
    } while consumed < bytes.count
    return output
  }

  /// Appends the member at `start` to `output`; returns the length of the member in `bytes`.
  private static func inflateMember(
    _ bytes: [UInt8], from start: Int, into output: inout [UInt8], file: String, byteLimit: Int
  ) throws(DatasetError) -> Int {
    var stream = z_stream()
    guard chorus_inflate_init_gzip(&stream) == Z_OK else {
      throw DatasetError(
        file: file, problem: "zlib cannot start (out of memory)",
        remedy: "free some memory, or decompress the file with gunzip")
    }
    defer { inflateEnd(&stream) }

    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var position = start
    while true {
      let status = step(&stream, bytes, &position, &chunk)
      output.append(contentsOf: chunk.prefix(chunk.count - Int(stream.avail_out)))
      guard output.count <= byteLimit else {
        throw DatasetError(
          file: file, problem: "the gzip data grows to more than \(byteLimit) bytes",
          remedy: "check that it is the dataset's file")
      }
      switch status {
      case Z_STREAM_END: return position - start
      case Z_OK: continue
      // Neither input nor output moved: the input is at its end and the member is not.
      case Z_BUF_ERROR: throw damaged(file, "the gzip data ends too early")
      default:
        let reason = stream.msg.map { String(cString: $0) } ?? "zlib status \(status)"
        throw damaged(file, "the gzip data is damaged (\(reason))")
      }
    }
  }

  /// Runs zlib once: reads from `position`, which advances, and fills `chunk` from its start.
  private static func step(
    _ stream: inout z_stream, _ bytes: [UInt8], _ position: inout Int, _ chunk: inout [UInt8]
  ) -> Int32 {
    bytes.withUnsafeBufferPointer { input in
      chunk.withUnsafeMutableBufferPointer { output in
        let offered = min(input.count - position, 1 << 20)
        // zlib takes its input through a mutable pointer and does not write to it.
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.advanced(by: position))
        stream.avail_in = UInt32(offered)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        // Qualified: inside this type, plain `inflate` is the function above.
        let status = CZlib.inflate(&stream, Z_NO_FLUSH)
        position += offered - Int(stream.avail_in)
        return status
      }
    }
  }

  private static func damaged(_ file: String, _ problem: String) -> DatasetError {
    DatasetError(file: file, problem: problem, remedy: "download it again")
  }
}
