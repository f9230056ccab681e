extension PlanBuilder {
  /// Adds the forward steps of a checkpoint once more, ahead of its backward steps, which then use the copies.
  ///
  /// What later nodes read is kept from the first time; steps that only make such outputs are left out.
  func recompute(_ checkpoint: Int) {
    guard let steps = checkpointed[checkpoint] else { return }
    let inside = graph.nodes.indices.filter { graph.nodes[$0].checkpoint == checkpoint }
    let kept = Set(
      inside.filter { id in
        consumers[source(id)].contains { graph.nodes[$0].checkpoint != checkpoint }
      }.compactMap { outputs[source($0)] })
    var renamed: [TensorID: TensorID] = [:]
    for step in steps {
      for output in step.outputs where !kept.contains(output) {
        var copy = tensors[output]
        copy = Tensor(
          name: copy.name + "'", shape: copy.shape, element: copy.element, extent: copy.extent)
        renamed[output] = add(copy)
      }
    }
    for step in steps where step.outputs.contains(where: { !kept.contains($0) }) {
      backward.append(step.renaming(renamed))
    }
    for id in inside {
      if let output = outputs[id] { outputs[id] = renamed[output] ?? output }
      if let tensor = made[id] { made[id] = renamed[tensor] ?? tensor }
      saved[id] = saved[id]?.mapValues { renamed[$0] ?? $0 }
    }
  }
}
