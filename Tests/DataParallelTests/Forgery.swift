import Crypto
import Foundation
import Testing

/// Checkpoints with a header that somebody has changed, and a hash that fits.
enum Forgery {
  /// Puts `new` in the place of the first `old` of the header.
  static func change(_ whole: [UInt8], _ old: String, _ new: String) throws -> [UInt8] {
    let length = whole[16..<24].enumerated().reduce(0) { $0 | Int($1.1) << (8 * $1.0) }
    let header = String(decoding: whole[24..<24 + length], as: UTF8.self)
    let place = try #require(header.range(of: old), "\(old)")
    let bytes = Array(header.replacingCharacters(in: place, with: new).utf8)
    var file = Array(whole[..<16]) + Self.bytes(UInt64(bytes.count)) + bytes
    file += whole[(24 + length)..<whole.count - 32]
    return file + Array(SHA256.hash(data: file))
  }

  /// Puts another length of the header in its place.
  static func headerLength(_ whole: [UInt8], _ length: UInt64) -> [UInt8] {
    let file = Array(whole[..<16]) + bytes(length) + whole[24..<whole.count - 32]
    return file + Array(SHA256.hash(data: file))
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
