import Chorus
import Foundation
import Testing

@Suite struct WeightsTests {
  private func weights() -> Weights {
    Weights(
      parameters: [
        Parameter(
          name: "a.weight", shape: [2, 3], role: .weight, initialValue: .uniform(bound: 1)),
        Parameter(name: "a.bias", shape: [3], role: .bias, initialValue: .constant(0)),
      ], values: [[1, 2, 3, 4, 5, 6], [0.5, -0.5, 0]])
  }

  @Test("the hash is SHA-256 over the little-endian values in the order of the parameters")
  func hash() {
    // python3 -c "import hashlib, struct; print(hashlib.sha256(struct.pack('<9f', 1,2,3,4,5,6,.5,-.5,0)).hexdigest())"
    #expect(
      weights().sha256 == "8945d09c67695c5c1b0a00b34e638a58bfe191c9469bee0f67ff2c8f9e07902a")
  }

  @Test("safetensors: header length, JSON with types, shapes and offsets, then the values")
  func safetensors() throws {
    struct Entry: Decodable, Equatable {
      let dtype: String
      let shape: [Int]
      let data_offsets: [Int]
    }
    let data = try weights().safetensors()
    let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    #expect(length % 8 == 0)
    let header = try JSONDecoder().decode(
      [String: Entry].self, from: data.dropFirst(8).prefix(length))
    #expect(
      header == [
        "a.weight": Entry(dtype: "F32", shape: [2, 3], data_offsets: [0, 24]),
        "a.bias": Entry(dtype: "F32", shape: [3], data_offsets: [24, 36]),
      ])
    #expect(data.count == 8 + length + 36)
    #expect(Array(data.suffix(12).prefix(4)) == [0, 0, 0, 0x3f])
  }
}
