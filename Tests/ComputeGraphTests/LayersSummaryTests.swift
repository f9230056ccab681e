import ComputeGraph
import Testing

@Suite("Summary of a model")
struct LayersSummaryTests {
  @Test("a summary has shapes, parameters and FLOPs of every layer, and totals")
  func summary() {
    let model = Model(input: [28, 26, 1]) {
      Conv2D(32, kernel: 3, padding: .same); ReLU()
      Residual {
        Conv2D(16, kernel: 1).named("narrow"); Conv2D(32, kernel: 1)
      }
      Flatten()
      Linear(10)
    }
    #expect(
      model.summaryText == """
        layer                output        parameters  forward FLOPs
        input                [28, 26, 1]
        1 Conv2D             [28, 26, 32]         320        419,328
        2 ReLU               [28, 26, 32]           0         23,296
        3 Residual           [28, 26, 32]           0         23,296
          1 Conv2D 'narrow'  [28, 26, 16]         528        745,472
          2 Conv2D           [28, 26, 32]         544        745,472
        4 Flatten            [23296]                0              0
        5 Linear             [10]             232,970        465,920
        total                                 234,362      2,422,784
        """)
  }

  @Test("a group's line shows its output, a shortcut is marked, and a shared weight counts once")
  func nesting() {
    let model = Model(input: [12]) {
      Group { Linear(12).named("first") }
      Residual {
        ReLU()
      } shortcut: {
        Linear(12, bias: false).sharing(with: "group1.first.weight")
      }
    }
    #expect(
      model.summaryText == """
        layer                output  parameters  forward FLOPs
        input                [12]
        1 Group              [12]
          1 Linear 'first'   [12]           156            288
        2 Residual           [12]             0             12
          1 ReLU             [12]             0             12
          shortcut 1 Linear  [12]             0            288
        total                               156            600
        """)
  }

  @Test("where a shape is wrong, the table ends with the error")
  func failure() {
    let model = Model(input: [9, 8, 3]) {
      Conv2D(5, kernel: 3)
      Residual {
        ReLU(); Conv2D(4, kernel: Extent2D(2, 3), padding: .same)
      }
      Linear(5)
    }
    #expect(
      model.summaryText == """
        layer       output     parameters  forward FLOPs
        input       [9, 8, 3]
        1 Conv2D    [7, 6, 5]         140         11,340
        2 Residual
          1 ReLU    [7, 6, 5]           0            210
          2 Conv2D
        error: layer 2 (Residual), layer 2 (Conv2D): padding .same needs a kernel with a middle, \
        not 2 x 3; give the padding as a number
        """)
  }
}
