/// A driver that Chorus also finds where nobody has registered it.
struct KnownDriver {
  /// Whose it is, and for what.
  let vendor: String
  /// The library's names, the preferred one first.
  let libraries: [String]
  /// Folders beside the common ones; `*` stands for any name.
  let folders: [String]
  /// How to install it.
  let advice: String

  /// Folders of libraries that any driver may lie in.
  static let commonFolders = [
    "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib/aarch64-linux-gnu", "/usr/lib",
    "/usr/local/lib64", "/usr/local/lib", "/run/opengl-driver/lib",
  ]

  /// In this order: vendors' drivers of GPUs, then those of CPUs.
  static let all = [nvidia, amd, intel, intelCPU, rusticl, pocl]

  static let nvidia = KnownDriver(
    vendor: "NVIDIA", libraries: ["libnvidia-opencl.so.1"],
    folders: [
      "/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/usr/lib/wsl/lib",
      "/usr/lib/x86_64-linux-gnu/nvidia/current", "/usr/lib/nvidia/current",
      "/usr/lib/nvidia", "/usr/lib/nvidia-*", "/run/nvidia/driver/usr/lib/x86_64-linux-gnu",
    ],
    advice: "install the driver's OpenCL library (Debian: nvidia-opencl-icd; Ubuntu:"
      + " libnvidia-compute-VERSION); in a container, ask for the GPU with the capability `compute`"
      + " (NVIDIA_DRIVER_CAPABILITIES=compute,utility)")

  static let amd = KnownDriver(
    vendor: "AMD", libraries: ["libamdocl64.so", "libamdocl64.so.2"],
    folders: [
      "/opt/rocm/lib", "/opt/rocm/opencl/lib", "/opt/rocm-*/lib", "/opt/rocm-*/opencl/lib",
      "/opt/amdgpu-pro/lib/x86_64-linux-gnu", "/opt/amdgpu/lib/x86_64-linux-gnu",
    ],
    advice: "install ROCm's OpenCL (rocm-opencl-runtime, or rocm-opencl-icd), or Mesa's"
      + " (mesa-opencl-icd, with RUSTICL_ENABLE=radeonsi)")

  static let intel = KnownDriver(
    vendor: "Intel (GPU)", libraries: ["libigdrcl.so"],
    folders: [
      "/usr/lib/x86_64-linux-gnu/intel-opencl", "/usr/lib64/intel-opencl", "/usr/lib/intel-opencl",
      "/usr/local/lib/intel-opencl", "/opt/intel/opencl",
    ],
    advice: "install intel-opencl-icd")

  static let intelCPU = KnownDriver(
    vendor: "Intel (CPU)", libraries: ["libintelocl.so"],
    folders: [
      "/opt/intel/oneapi/compiler/*/lib", "/opt/intel/oneapi/compiler/*/linux/lib/x64",
      "/opt/intel/oneapi/lib",
    ],
    advice: "install Intel's CPU runtime for OpenCL")

  static let rusticl = KnownDriver(
    vendor: "Mesa", libraries: ["libRusticlOpenCL.so.1"], folders: [],
    advice: "install mesa-opencl-icd")

  static let pocl = KnownDriver(
    vendor: "PoCL (CPU)", libraries: ["libpocl.so.2", "libpocl.so"], folders: [],
    advice: "install pocl-opencl-icd")

  /// Whether a library's path or name is this driver's, of any version.
  func matches(_ library: String) -> Bool {
    let name = library.split(separator: "/").last ?? ""
    return libraries.contains { known in
      let stem = known.prefix(upTo: known.firstIndex(of: ".") ?? known.endIndex)
      return name == "\(stem).so" || name.hasPrefix("\(stem).so.")
    }
  }
}
