import OpenCL
import Testing

/// What the report says is missing.
@Suite("Advice on drivers")
struct DriverAdviceTests {
  private static let pci = "/sys/bus/pci/devices/0000:01:00.0"

  @Test("an NVIDIA kernel driver without its OpenCL library is named, with what to install")
  func nvidiaWithoutLibrary() throws {
    let fake = try FakeHost(["/proc/driver/nvidia/version": "NVRM version: 550.54\n"])
    let report = fake.report()
    #expect(report.contains("/etc/OpenCL/vendors, which is not there"))
    #expect(
      report.contains(
        "The kernel drives an NVIDIA GPU (/proc/driver/nvidia/version), but its OpenCL library is not"
          + " there: "))
    #expect(report.contains("nvidia-opencl-icd"))
    let library = "/usr/lib64/libnvidia-opencl.so.1"
    let complete = try FakeHost(
      ["/proc/driver/nvidia/version": "", library: ""], working: [library])
    #expect(!complete.report().contains("The kernel drives"))
    #expect(complete.report().contains("\(library) (found, not registered) loads"))
  }

  @Test("a GPU without a kernel driver is named by its PCI address; other hardware is not")
  func noKernelDriver() throws {
    let fake = try FakeHost([
      "\(Self.pci)/class": "0x030000\n", "\(Self.pci)/vendor": "0x1002\n",
      "/sys/bus/pci/devices/0000:02:00.0/class": "0x020000\n",
      "/sys/bus/pci/devices/0000:02:00.0/vendor": "0x8086\n",
    ])
    #expect(fake.report().contains("There is an AMD GPU (PCI 0000:01:00.0), but no kernel driver"))
    #expect(!fake.report().contains("Intel"))
  }

  @Test("a kernel module alone is no sign of a GPU; with the GPU it is")
  func moduleAlone() throws {
    let module = ["/sys/module/amdgpu/version": ""]
    #expect(!(try FakeHost(module)).report().contains("AMD"))
    let card = ["\(Self.pci)/class": "0x038000\n", "\(Self.pci)/vendor": "0x1002\n"]
    let report = try FakeHost(module.merging(card) { $1 }).report()
    #expect(report.contains("The kernel drives an AMD GPU (/sys/module/amdgpu)"))
  }

  @Test("device files that the user may not use are named")
  func access() throws {
    let files = ["/dev/dri/renderD128": "", "/dev/dri/card0": "", "/dev/kfd": ""]
    let report = try FakeHost(files, forbidden: ["/dev/dri/renderD128", "/dev/dri/card0"]).report()
    #expect(report.contains("This user may not use /dev/dri/renderD128: add the user to the group"))
    #expect(!(try FakeHost(files)).report().contains("may not use"))
  }

  @Test("a library that is missing, and one that is no driver, are reported in the linker's words")
  func realLibraries() throws {
    let missing = DriverHost.current.state(of: "/nowhere/libdriver.so")
    guard case .broken(let reason) = missing else {
      Issue.record("\(missing)")
      return
    }
    #expect(reason.contains("/nowhere/libdriver.so: cannot open shared object file"))
    let other = DriverHost.current.state(of: "libm.so.6")
    #expect(other == .broken("libm.so.6 has no clIcdGetPlatformIDsKHR: it is no OpenCL driver"))
  }
}
