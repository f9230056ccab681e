import Foundation
import OpenCL
import Testing

@Suite("Platform")
struct PlatformTests {
  @Test("every platform states its name, vendor and version")
  func properties() throws {
    for platform in try Platform.all() {
      #expect(!platform.name.isEmpty)
      #expect(!platform.vendor.isEmpty)
      #expect(platform.version.hasPrefix("OpenCL "))
      #expect(try platform.devices().allSatisfy { $0.platformName == platform.name })
    }
  }

  @Test("a host with no driver has no platform, and that is no error")
  func noDriver() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      setenv("OCL_ICD_VENDORS", folder.path, 1)
      #expect(try Platform.all().isEmpty)
    }
  }

  @Test("a driver whose library is missing is left out")
  func missingDriver() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try "/nowhere/libdriver.so\n".write(
        toFile: "\(folder.path)/broken.icd", atomically: true, encoding: .utf8)
      setenv("OCL_ICD_VENDORS", folder.path, 1)
      #expect(try Platform.all().isEmpty)
    }
  }
}
