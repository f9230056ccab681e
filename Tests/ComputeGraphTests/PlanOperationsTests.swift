import ComputeGraph
import Testing

@Suite("Operations of a plan")
struct PlanOperationsTests {
  @Test("a linear layer's three products count, but for the gradient of the first layer's input")
  func linear() throws {
    let model = Model(input: [7]) {
      Linear(5)
      ReLU()
      Linear(4)
    }
    // Two for each multiplication: forward, weight; forward, weight, input.
    #expect(try Plan(model.graph()).operationsPerExample == 2 * 7 * 5 * 2 + 2 * 5 * 4 * 3)
  }

  @Test("what a checkpoint computes a second time does not count")
  func checkpoint() throws {
    func plan(_ isCheckpointed: Bool) throws -> Plan {
      let block = Group {
        Linear(6, bias: false)
        GELU()
        Linear(9)
      }
      let model = Model(input: [7]) {
        Linear(5)
        if isCheckpointed { Checkpoint { block } } else { block }
        Linear(4)
      }
      return try Plan(model.graph())
    }
    let (plain, checkpointed) = (try plan(false), try plan(true))
    #expect(checkpointed.backward.count > plain.backward.count)
    #expect(checkpointed.operationsPerExample == plain.operationsPerExample)
    #expect(plain.operationsPerExample == 2 * (7 * 5 * 2 + (5 * 6 + 6 * 9 + 9 * 4) * 3))
  }

  @Test("a convolution counts its taps, channels and outputs")
  func convolution() throws {
    let model = Model(input: [8, 9, 3]) {
      Conv2D(5, kernel: 3, padding: .same)
      Flatten()
      Linear(4)
    }
    let convolution = 2 * 8 * 9 * 3 * 3 * 3 * 5
    let linear = 2 * 8 * 9 * 5 * 4
    #expect(try Plan(model.graph()).operationsPerExample == 2 * convolution + 3 * linear)
  }
}
