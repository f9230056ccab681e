import COpenCL

extension CommandQueue {
  /// Enqueues `kernel` over `global` work-items, in work-groups of `local` or of the driver's
  /// choice.
  public func launch(
    _ kernel: Kernel, global: WorkSize, local: WorkSize? = nil, after events: [Event] = []
  ) throws(OpenCLError) -> Event {
    var event: OpaquePointer?
    let code = withWaitList(events) {
      launch(kernel, global, local, $0, $1, &event)
    }
    try check("clEnqueueNDRangeKernel", code, describe(kernel, global, local))
    return try Event(adopting: event, from: "clEnqueueNDRangeKernel")
  }

  /// Enqueues `kernel` without an event, for launches that nobody waits for one by one.
  ///
  /// Allocates nothing.
  public func enqueue(
    _ kernel: Kernel, global: WorkSize, local: WorkSize? = nil
  ) throws(OpenCLError) {
    let code = launch(kernel, global, local, 0, nil, nil)
    try check("clEnqueueNDRangeKernel", code, describe(kernel, global, local))
  }

  @inline(__always)
  private func launch(
    _ kernel: Kernel, _ global: WorkSize, _ local: WorkSize?, _ waitCount: UInt32,
    _ waitList: UnsafePointer<OpaquePointer?>?, _ event: UnsafeMutablePointer<OpaquePointer?>?
  ) -> Int32 {
    let rank = UInt32(global.rank)
    return global.withPointer { global in
      guard let local else {
        return clEnqueueNDRangeKernel(
          handle.pointer, kernel.handle.pointer, rank, nil, global, nil, waitCount, waitList, event)
      }
      return local.withPointer { local in
        clEnqueueNDRangeKernel(
          handle.pointer, kernel.handle.pointer, rank, nil, global, local, waitCount, waitList,
          event)
      }
    }
  }

  private func describe(_ kernel: Kernel, _ global: WorkSize, _ local: WorkSize?) -> String {
    let group = local.map { "\($0)" } ?? "any"
    let limit = (try? kernel.workGroupLimit()) ?? context.device.maxWorkGroupSize
    return "kernel \(kernel.name), global \(global), local \(group), device limit \(limit)"
  }
}
