import ComputeGraph
import Testing

@Suite("Extents")
struct Extent2DTests {
  @Test("a literal is a height and the same width")
  func literal() {
    let square: Extent2D = 3
    #expect(square == Extent2D(3, 3))
    #expect(square == Extent2D(3))
    #expect(Extent2D(3, 5) != Extent2D(5, 3))
  }

  @Test("the height comes first")
  func description() {
    let extent = Extent2D(3, 5)
    #expect((extent.height, extent.width) == (3, 5))
    #expect(extent.description == "3 x 5")
  }
}
