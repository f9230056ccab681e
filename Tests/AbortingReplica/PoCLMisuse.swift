import COpenCL

/// A launch whose buffer was released before it, which PoCL 3.1 answers by ending the process.
enum PoCLMisuse {
  /// Launches it on the first device of the platform that a name begins with.
  static func run(platform word: String) {
    var platforms = [cl_platform_id?](repeating: nil, count: 16)
    var count: cl_uint = 0
    clGetPlatformIDs(16, &platforms, &count)
    for platform in platforms[..<Int(min(count, 16))] {
      var name = [UInt8](repeating: 0, count: 256)
      clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), name.count, &name, nil)
      guard String(decoding: name.prefix { $0 != 0 }, as: UTF8.self).hasPrefix(word) else {
        continue
      }
      var device: cl_device_id?
      clGetDeviceIDs(platform, cl_device_type(CL_DEVICE_TYPE_ALL), 1, &device, nil)
      launch(on: device)
    }
  }

  private static func launch(on device: cl_device_id?) {
    var device = device
    let context = clCreateContext(nil, 1, &device, nil, nil, nil)
    let queue = clCreateCommandQueue(context, device, 0, nil)
    let source = "kernel void f(global int *a) { a[get_global_id(0)] = 1; }"
    let program = source.withCString { text in
      var text: UnsafePointer<CChar>? = text
      return clCreateProgramWithSource(context, 1, &text, nil, nil)
    }
    clBuildProgram(program, 1, &device, "", nil, nil)
    let kernel = clCreateKernel(program, "f", nil)
    var buffer = clCreateBuffer(context, cl_mem_flags(CL_MEM_READ_WRITE), 4096, nil, nil)
    clSetKernelArg(kernel, 0, MemoryLayout<cl_mem>.size, &buffer)
    clReleaseMemObject(buffer)
    var size = 16
    clEnqueueNDRangeKernel(queue, kernel, 1, nil, &size, nil, 0, nil, nil)
    clFinish(queue)
  }
}
