public import ComputeGraph
import Crypto
public import Foundation

/// The trained values of a network.
public struct Weights: Sendable {
  /// Names and shapes.
  public let parameters: [Parameter]
  /// One array per parameter, row-major.
  public let values: [[Float]]

  /// The values of a network's parameters, in its order.
  public init(parameters: [Parameter], values: [[Float]]) {
    precondition(parameters.map(\.shape.count) == values.map(\.count))
    self.parameters = parameters
    self.values = values
  }

  /// SHA-256 over the little-endian bytes of all values, in the order of the parameters, in hexadecimal.
  public var sha256: String {
    var hash = SHA256()
    for array in values { hash.update(data: Self.bytes(array)) }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }

  /// The weights as a safetensors file: header length, JSON header, values (github.com/huggingface/safetensors).
  public func safetensors() throws -> Data {
    struct Entry: Encodable {
      let dtype = "F32"
      let shape: [Int]
      let data_offsets: [Int]
    }
    var offset = 0
    var header: [String: Entry] = [:]
    for parameter in parameters {
      let end = offset + parameter.shape.count * 4
      header[parameter.name] = Entry(
        shape: parameter.shape.dimensions, data_offsets: [offset, end])
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var json = try encoder.encode(header)
    // The values begin at a multiple of 8 bytes; the format pads the header with spaces.
    json.append(Data(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    var data = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    data.append(json)
    for array in values { data.append(Self.bytes(array)) }
    return data
  }

  private static func bytes(_ values: [Float]) -> Data {
    values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Data($0) }
  }
}
