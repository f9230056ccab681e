import ComputeGraph
import DataParallel
import Dispatch
import Testing

@Suite("Global norm")
struct GlobalNormTests {
  private func gradients(_ counts: [Int]) -> [[Float]] {
    counts.enumerated().map { id, count in
      NormalValues(seed: 9, id: id, stream: 1).values(count: count, deviation: Double(id + 1))
    }
  }

  private func norm(
    _ gradients: [[Float]], counted: Int,
    loop: GlobalNorm.Loop = { count, body in for index in 0..<count { body(index) } }
  ) -> GlobalNorm {
    let copies = gradients.map { values in
      let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
      _ = copy.initialize(from: values)
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    return GlobalNorm(
      of: copies.map { UnsafeBufferPointer($0) }, counted: counted, loop: loop)
  }

  @Test("the norm is the root of the sum of squares over the counted predictions")
  func value() {
    let gradients = gradients([1, 7, 40_003, 0, 16_384])
    let exact = gradients.joined().reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() / 6
    let own = norm(gradients, counted: 6).norm
    #expect(((own - exact) / exact).magnitude < 1e-13)
  }

  @Test("threads and their order change no bit")
  func threads() {
    let gradients = gradients([100_001, 5, 70_000])
    let expected = norm(gradients, counted: 3)
    let backwards = norm(gradients, counted: 3) { count, body in
      for index in (0..<count).reversed() { body(index) }
    }
    let concurrent = norm(gradients, counted: 3) { count, body in
      DispatchQueue.concurrentPerform(iterations: count, execute: body)
    }
    #expect(backwards == expected)
    #expect(concurrent == expected)
  }

  @Test("the order is 8 lanes in a block, then blocks")
  func order() {
    let gradient = gradients([20_013])
    var total = 0.0
    for block in stride(from: 0, to: 20_013, by: 16_384) {
      var lanes = [Double](repeating: 0, count: 8)
      for index in block..<min(block + 16_384, 20_013) {
        lanes[(index - block) % 8] += Double(gradient[0][index]) * Double(gradient[0][index])
      }
      let four = (0..<4).map { lanes[$0] + lanes[$0 + 4] }
      total += (four[0] + four[2]) + (four[1] + four[3])
    }
    #expect(norm(gradient, counted: 1).norm == total.squareRoot())
  }

  @Test("clipping is torch.nn.utils.clip_grad_norm_")
  func clipping() {
    let norm = norm([[3], [4]], counted: 1)
    #expect(norm.norm == 5)
    #expect(norm.clipping(to: 1) == 1 / 5.000001)
    #expect(norm.clipping(to: 6) == 1)
    #expect(self.norm([[.nan]], counted: 1).clipping(to: 1).isNaN)
    #expect(self.norm([[.infinity]], counted: 1).clipping(to: 1) == 0)
    #expect(self.norm([], counted: 1).clipping(to: 1) == 1)
  }
}
