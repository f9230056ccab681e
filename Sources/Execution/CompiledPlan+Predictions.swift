import ComputeGraph
public import OpenCL

extension CompiledPlan {
  /// What the loss reads, of the last wave of `examples`: logits or predictions; waits for the launches so far.
  public func predictions(examples: Int) throws(OpenCLError) -> [Float] {
    let graph = plan.graph
    let node = graph.nodes[graph.lastNode].inputs[0]
    guard let tensor = plan.outputs[graph.source(node)] else { return [] }
    return try read(tensor, examples: examples, grain: 1)
  }
}
