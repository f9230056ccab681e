import OpenCL
import Testing

@Suite("Errors name what failed")
struct OpenCLErrorTests {
  @Test("a description has the call, the name, the code and the detail")
  func description() {
    let error = OpenCLError(call: "clSetKernelArg", code: -51, detail: "kernel axpy, argument 2")
    #expect(
      error.description
        == "clSetKernelArg failed: CL_INVALID_ARG_SIZE (-51), kernel axpy, argument 2")
    #expect(
      OpenCLError(call: "clFinish", code: -5).description.hasSuffix("CL_OUT_OF_RESOURCES (-5)"))
    #expect(OpenCLError(call: "clFinish", code: -777).name == "unknown status")
  }

  @Test("a work-group that is too large names kernel, sizes and limit", arguments: allDevices)
  func workGroup(_ device: Device) throws {
    let place = try Workplace(device)
    let buffer = try place.buffer([0])
    let kernel = try place.axpy(buffer, buffer, factor: 0)
    let local = device.maxWorkGroupSize * 2
    let error = try openCLError {
      try place.queue.enqueue(kernel, global: WorkSize(local * 3), local: WorkSize(local))
    }
    #expect(error.call == "clEnqueueNDRangeKernel")
    #expect(["CL_INVALID_WORK_GROUP_SIZE", "CL_INVALID_WORK_ITEM_SIZE"].contains(error.name))
    let limit = try kernel.workGroupLimit()
    #expect(
      error.detail == "kernel axpy, global \(local * 3), local \(local), device limit \(limit)")
    #expect(limit <= device.maxWorkGroupSize)
  }

  @Test("a kernel that does not exist is named, with its program", arguments: allDevices)
  func kernelName(_ device: Device) throws {
    let place = try Workplace(device)
    let program = try Program(context: place.context, name: "axpy.cl", source: axpySource)
    let error = try openCLError { _ = try program.kernel("softmax") }
    #expect(error.name == "CL_INVALID_KERNEL_NAME")
    #expect(error.detail == "kernel softmax in program axpy.cl")
  }

  @Test("a build that fails shows the program, the options and the log", arguments: allDevices)
  func build(_ device: Device) throws {
    let place = try Workplace(device)
    let error = try openCLError {
      _ = try Program(
        context: place.context, name: "broken.cl",
        source: "kernel void broken(global float* x) { x[0] = undeclared; }", options: "-DN=3")
    }
    #expect(error.call == "clBuildProgram")
    #expect(error.detail.contains("broken.cl"))
    #expect(error.detail.contains("-DN=3"))
    #expect(error.detail.contains("undeclared"))
  }

  @Test("a long build log is cut", arguments: allDevices)
  func longLog(_ device: Device) throws {
    let place = try Workplace(device)
    let faults = (0..<100).map { "  x[0] += undeclared\($0);" }.joined(separator: "\n")
    let source = "kernel void broken(global float* x) {\n\(faults)\n}"
    let error = try openCLError { _ = try Program(context: place.context, source: source) }
    #expect(error.detail.split(separator: "\n").count <= 42)
  }

  @Test("a buffer of an impossible size names request and limit", arguments: allDevices)
  func bufferSize(_ device: Device) throws {
    let context = try Context(device: device)
    for byteCount in [0, -4, device.maxAllocationByteCount * 4] {
      let error = try openCLError { _ = try Buffer(context: context, byteCount: byteCount) }
      #expect(error.call == "clCreateBuffer")
      #expect(error.detail.contains("\(byteCount) bytes"))
      #expect(error.detail.contains("\(device.maxAllocationByteCount)"))
    }
  }

  @Test("an argument of the wrong size names kernel and index", arguments: allDevices)
  func argument(_ device: Device) throws {
    let place = try Workplace(device)
    let buffer = try place.buffer([0])
    let kernel = try place.axpy(buffer, buffer, factor: 0)
    let error = try openCLError { try kernel.setArgument(3, Int64(7)) }
    #expect(error.name == "CL_INVALID_ARG_SIZE")
    #expect(error.detail == "kernel axpy, argument 3, Int64 7")
    let beyond = try openCLError { try kernel.setArgument(4, Int32(7)) }
    #expect(beyond.name == "CL_INVALID_ARG_INDEX")
  }
}
