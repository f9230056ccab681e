public import ComputeGraph
public import Foundation

extension Weights {
  /// Reads a safetensors file of 32-bit floats that holds a network's parameters by their names.
  ///
  /// - Parameters:
  ///   - data: The file: header length, JSON header, values (github.com/huggingface/safetensors).
  ///   - file: Its name, for errors.
  ///   - parameters: The network's parameters; the file may hold others too.
  /// - Throws: `WeightsError`, for a damaged file, a missing parameter or one of another shape.
  public init(safetensors data: Data, file: String, for parameters: [Parameter]) throws {
    let header = try SafetensorsHeader(data, file: file)
    let values = try parameters.map { parameter in
      guard let entry = header.entries[parameter.name] else {
        throw WeightsError(
          file: file, problem: "it has no \(parameter.name); are these the weights of this network?"
        )
      }
      guard entry.dtype == "F32", entry.shape == parameter.shape.dimensions else {
        throw WeightsError(
          file: file,
          problem:
            "\(parameter.name) has shape \(entry.shape) of \(entry.dtype), but the network's is"
            + " \(parameter.shape) of F32")
      }
      return try header.values(parameter.name, entry, of: data)
    }
    self.init(parameters: parameters, values: values)
  }
}

/// Why a file of weights cannot be used.
public struct WeightsError: Error, CustomStringConvertible {
  /// The file, and what is wrong with it.
  public let file: String, problem: String
  /// One sentence.
  public var description: String { "\(file): \(problem)" }
}

/// The header of a safetensors file.
private struct SafetensorsHeader {
  struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  let entries: [String: Entry]
  private let file: String
  private let start: Int

  init(_ data: Data, file: String) throws {
    self.file = file
    let damaged = WeightsError(file: file, problem: "this is not a whole safetensors file")
    guard data.count >= 8 else { throw damaged }
    let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= data.count - 8 else { throw damaged }
    start = 8 + Int(length)
    let json = data[data.startIndex + 8..<data.startIndex + start]
    // Beside the entries there may be metadata, which is none.
    guard let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any] else {
      throw damaged
    }
    var entries: [String: Entry] = [:]
    for (name, value) in object where name != "__metadata__" {
      guard let bytes = try? JSONSerialization.data(withJSONObject: value),
        let entry = try? JSONDecoder().decode(Entry.self, from: bytes)
      else { throw damaged }
      entries[name] = entry
    }
    self.entries = entries
  }

  func values(_ name: String, _ entry: Entry, of data: Data) throws -> [Float] {
    let count = entry.shape.reduce(1, *)
    guard entry.data_offsets.count == 2, entry.data_offsets[0] >= 0,
      entry.data_offsets[1] - entry.data_offsets[0] == count * 4,
      entry.data_offsets[1] <= data.count - start
    else { throw WeightsError(file: file, problem: "the values of \(name) are not all there") }
    return data.withUnsafeBytes { bytes in
      (0..<count).map { i in
        let offset = start + entry.data_offsets[0] + 4 * i
        let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: bits))
      }
    }
  }
}
