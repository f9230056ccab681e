import Datasets
import Testing

@Suite("Gzip")
struct GzipTests {
  private let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }

  /// 100,000 zeros, as gzip compresses them: more than one pass through zlib.
  private let zeros: [UInt8] =
    [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3, 0xED, 0xC1, 0x31, 1, 0, 0, 0, 0xC2, 0xA0, 0xF5, 0x4F]
    + [0x6D, 0x0D, 0x0F, 0xA0] + [UInt8](repeating: 0, count: 96)
    + [0x80, 0x57, 3, 0x7D, 0x95, 0x11, 0xD4, 0xA0, 0x86, 1, 0]

  @Test("one member gives its bytes")
  func oneMember() throws {
    let inflated = try Gzip.inflate(gzip(bytes), file: "a.gz")
    #expect(inflated == bytes)
  }

  @Test("compressed data grow to their length")
  func compressed() throws {
    let inflated = try Gzip.inflate(zeros, file: "a.gz")
    #expect(inflated == [UInt8](repeating: 0, count: 100_000))
  }

  @Test("several members are joined")
  func severalMembers() throws {
    let inflated = try Gzip.inflate(
      gzip(bytes) + gzip([]) + gzip(Array(bytes.prefix(5))), file: "a.gz")
    #expect(inflated == bytes + bytes.prefix(5))
  }

  @Test("a member cut anywhere ends too early")
  func truncated() {
    let member = gzip(bytes)
    for length in [2, 9, 10, 12, 500, member.count - 8, member.count - 1] {
      expectError(holding: ["a.gz: the gzip data ends too early", "download"]) {
        _ = try Gzip.inflate(Array(member.prefix(length)), file: "a.gz")
      }
    }
  }

  @Test("a second member cut short is not passed over")
  func truncatedSecondMember() {
    expectError(holding: ["ends too early"]) {
      _ = try Gzip.inflate(gzip(bytes) + gzip(bytes).dropLast(), file: "a.gz")
    }
  }

  @Test("a changed byte fails the checksum")
  func checksum() {
    var member = gzip(bytes)
    member[100] ^= 1
    expectError(holding: ["a.gz: the gzip data is damaged (incorrect data check)"]) {
      _ = try Gzip.inflate(member, file: "a.gz")
    }
  }

  @Test("a changed length fails")
  func length() {
    var member = gzip(bytes)
    member[member.count - 1] ^= 1
    expectError(holding: ["a.gz: the gzip data is damaged (incorrect length check)"]) {
      _ = try Gzip.inflate(member, file: "a.gz")
    }
  }

  @Test("a block of no known type is damage")
  func blockType() {
    var member = gzip(bytes)
    member[10] = 0xFF
    expectError(holding: ["a.gz: the gzip data is damaged (invalid block type)"]) {
      _ = try Gzip.inflate(member, file: "a.gz")
    }
  }

  @Test("bytes after the last member are named")
  func trailingBytes() {
    expectError(holding: ["a.gz: the gzip data has bytes after its end"]) {
      _ = try Gzip.inflate(gzip(bytes) + [1, 2, 3], file: "a.gz")
    }
  }

  @Test("what is not gzip is named", arguments: [[], [0x1F], [1, 2, 3]] as [[UInt8]])
  func notGzip(_ bytes: [UInt8]) {
    expectError(holding: ["a.gz: this is not gzip data"]) {
      _ = try Gzip.inflate(bytes, file: "a.gz")
    }
  }

  @Test("data that grow past the limit are refused")
  func limit() throws {
    expectError(holding: ["a.gz", "more than 999 bytes"]) {
      _ = try Gzip.inflate(gzip(bytes), file: "a.gz", byteLimit: 999)
    }
    #expect(try Gzip.inflate(gzip(bytes), file: "a.gz", byteLimit: 1_000) == bytes)
  }
}
