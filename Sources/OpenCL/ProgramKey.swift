/// What a program's binary depends on, as 128 bits.
struct ProgramKey: Sendable {
  /// 32 hexadecimal digits.
  let name: String

  init(_ device: Device, source: String, options: String) {
    var digest = Digest()
    let parts = [
      device.platformName, device.platformVersion, device.name, device.version,
      device.driverVersion, options, source,
    ]
    for part in parts {
      // Each length goes first, so that no two lists run together to the same bytes.
      digest.combine(withUnsafeBytes(of: UInt64(part.utf8.count).littleEndian) { Array($0) })
      digest.combine(part.utf8)
    }
    let digits = String(digest.value, radix: 16)
    name = String(repeating: "0", count: 32 - digits.count) + digits
  }
}

/// FNV-1a in 128 bits (Fowler, Noll, Vo): finds damage and tells programs apart.
///
/// Not against an adversary: who can write the cache folder can run programs as its user already.
struct Digest {
  private(set) var value: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d

  mutating func combine(_ bytes: some Sequence<UInt8>) {
    let prime: UInt128 = 0x0100_0000_0000_0000_0000_013B
    for byte in bytes {
      value = (value ^ UInt128(byte)) &* prime
    }
  }
}
