import ComputeGraph
import Dispatch

/// The examples of an order, as the process that trains hands them over, one wave at a time.
struct RemoteExamples: ExampleSource {
  let order: Int
  let host: ReplicaHost
  let exampleShape: Shape
  let exampleElement: Tensor.Element
  let targetShape: Shape
  let targetElement: Tensor.Element

  // The process that trains knows; here nobody asks.
  var count: Int { .max }
  var classCount: Int { .max }

  func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer
  ) {
    host.fetch(Array(indices), of: order, examples: examples, targets: targets)
  }
}
