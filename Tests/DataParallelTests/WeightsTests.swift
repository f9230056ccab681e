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

  @Test("a safetensors file gives the same weights back")
  func roundTrip() throws {
    let (saved, data) = (weights(), try weights().safetensors())
    let read = try Weights(safetensors: data, file: "w", for: saved.parameters)
    #expect(read.sha256 == saved.sha256)
  }

  @Test("a damaged or foreign safetensors file is refused by name")
  func refused() throws {
    let (saved, data) = (weights(), try weights().safetensors())
    func problem(_ data: Data, _ parameters: [Parameter]) -> String {
      let error = #expect(throws: WeightsError.self) {
        try Weights(safetensors: data, file: "w.safetensors", for: parameters)
      }
      return error?.description ?? ""
    }
    #expect(problem(Data(), saved.parameters).contains("w.safetensors: this is not a whole"))
    #expect(problem(data.prefix(40), saved.parameters).contains("not a whole"))
    #expect(problem(data.dropLast(4), saved.parameters).contains("a.bias are not all there"))
    #expect(problem(Data(repeating: 0xFF, count: 16), saved.parameters).contains("not a whole"))
    let other = Parameter(
      name: "a.weight", shape: [3, 2], role: .weight, initialValue: .constant(0))
    #expect(problem(data, [other]).contains("[2, 3]"))
    let missing = Parameter(name: "b", shape: [1], role: .bias, initialValue: .constant(0))
    #expect(problem(data, [missing]).contains("it has no b"))
  }
}
