import ComputeGraph
import OpenCL

/// Turns the steps of a plan into launches on one device.
struct Lowering {
  let plan: Plan
  let memory: DeviceMemory
  let builder: KernelBuilder
  let grain: Int

  /// The launches of steps, in order.
  func launches(_ steps: [Step]) throws(OpenCLError) -> [Launch] {
    var launches: [Launch] = []
    for step in steps {
      let built = try builder.build(step, examples: memory.plan.capacity, grain: grain)
      launches.append(try launch(step, built))
    }
    return launches
  }

  /// The launch of one step: its kernel, built with its options and its tile, and all arguments that stay.
  func launch(_ step: Step, _ built: BuiltKernel) throws(OpenCLError) -> Launch {
    let (kernel, tile) = (built.kernel, built.tile)
    for (index, argument) in step.arguments.enumerated() {
      switch argument {
      case .output(let id), .input(let id): try kernel.setArgument(index, memory.tensors[id])
      case .weight(let id): try kernel.setArgument(index, memory.weight(id))
      case .sums(let id): try kernel.setArgument(index, memory.sum(id))
      case .magnitude(let id): try kernel.setArgument(index, memory.magnitude(id))
      case .grain(let times): try kernel.setArgument(index, Int32(grain * times))
      case .int(let value): try kernel.setArgument(index, Int32(value))
      case .word(let value): try kernel.setArgument(index, value)
      case .float(let value): try kernel.setArgument(index, value)
      case .keys: try kernel.setArgument(index, memory.keys)
      case .run: try kernel.setArgument(index, memory.run)
      case .examples, .grains, .scale, .limit, .accumulate: continue  // Set for each wave.
      }
    }
    let workItems = step.workItems.map { extent in
      switch extent {
      case .of(let units, let perItem): Launch.WorkItems(units: units, perItem: perItem)
      case .tilesOfRows(let units): Launch.WorkItems(units: units, perItem: tile?.blockRows ?? 1)
      case .tilesOfTaps(let count):
        Launch.WorkItems(units: .fixed(count), perItem: tile?.taps ?? 1)
      case .tilesOfColumns(let count, let groups):
        Launch.WorkItems(
          units: .fixed(count), perItem: 16 * (tile?.blockVectors ?? 1), times: groups)
      }
    }
    return Launch(
      step, built,
      identity: LaunchIdentity(kernel: kernel.name, operand: operand(of: step), tile: tile),
      workItems: workItems, byteCounts: byteCounts(of: step), grain: grain)
  }

  /// What the step's result is called: its parameter's gradient, or the tensor that it writes.
  private func operand(of step: Step) -> String {
    if let parameter = step.parameter { return plan.graph.parameters[parameter].name }
    return step.outputs.first.map { plan.tensors[$0].name } ?? ""
  }

  /// Bytes of the operands, each counted once: of one example, and those that every wave has.
  private func byteCounts(of step: Step) -> (perExample: Int, fixed: Int) {
    var (perExample, fixed) = (0, 0)
    for argument in Set(step.arguments) {
      switch argument {
      case .output(let id), .input(let id):
        let tensor = plan.tensors[id]
        switch tensor.extent {
        case .example: perExample += tensor.shape.count * 4
        case .grain: perExample += tensor.shape.count * 4 / grain
        case .once: fixed += tensor.shape.count * 4
        }
      case .weight(let id): fixed += plan.graph.parameters[id].shape.count * 4
      case .sums(let id): fixed += plan.graph.parameters[id].shape.count * 8
      default: continue
      }
    }
    return (perExample, fixed)
  }
}
