import Foundation
import OpenCL
import Testing

/// A folder that plays the root of a host, with variables, and libraries of which some load.
final class FakeHost: Sendable {
  let root: TemporaryFolder
  private let variables: [String: String]
  private let working: Set<String>
  private let forbidden: Set<String>

  /// Makes the files, given by path and content; `working` are the libraries that load and offer a platform, by path or
  /// name, `forbidden` the device files that the user may not use.
  init(
    _ files: [String: String] = [:], variables: [String: String] = [:],
    working: Set<String> = [], forbidden: Set<String> = []
  ) throws {
    root = try TemporaryFolder()
    self.variables = variables
    self.working = working
    self.forbidden = forbidden
    for (path, text) in files {
      let url = URL(fileURLWithPath: root.path + path)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
  }

  var host: DriverHost {
    let (variables, working, forbidden, root) = (variables, working, forbidden, root.path)
    return DriverHost(
      root: root, environment: { variables[$0] },
      open: { library in
        let path = library.hasPrefix(root) ? String(library.dropFirst(root.count)) : library
        return working.contains(path)
          ? .offers(platforms: 1) : .broken("\(path): no such file, or not for this machine")
      },
      canAccess: { !forbidden.contains(String($0.dropFirst(root.count))) })
  }

  /// The drivers, without the root.
  func drivers() -> [String] {
    DriverSearch(host).drivers.map { $0.library.replacing(root.path, with: "") }
  }

  func report() -> String {
    DriverSearch(host).report(on: host).joined(separator: "\n").replacing(root.path, with: "")
  }
}

@Suite("Search for drivers")
struct DriverSearchTests {
  @Test("registered drivers are those of the standard folder's .icd files")
  func registered() throws {
    let fake = try FakeHost(
      [
        "/etc/OpenCL/vendors/pocl.icd": "libpocl.so.2.10.0\n",
        "/etc/OpenCL/vendors/intel.icd": " /opt/intel/libintelocl.so \r\n",
        "/etc/OpenCL/vendors/readme.txt": "libnothing.so\n",
        "/etc/OpenCL/vendors/empty.icd": "",
      ], working: ["libpocl.so.2.10.0", "/opt/intel/libintelocl.so"])
    #expect(fake.drivers() == ["/opt/intel/libintelocl.so", "libpocl.so.2.10.0"])
    #expect(!DriverSearch(fake.host).needsRegistration)
  }

  @Test(
    "a known driver that nobody registered is found where vendors put it",
    arguments: [
      "/usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1", "/usr/lib64/libnvidia-opencl.so.1",
      "/usr/local/nvidia/lib64/libnvidia-opencl.so.1", "/usr/lib/wsl/lib/libnvidia-opencl.so.1",
      "/opt/rocm-6.2.0/lib/libamdocl64.so", "/opt/rocm/lib/libamdocl64.so",
      "/usr/lib/x86_64-linux-gnu/intel-opencl/libigdrcl.so",
      "/opt/intel/oneapi/compiler/2025.1/lib/libintelocl.so", "/usr/local/lib/libpocl.so.2",
      "/mine/libnvidia-opencl.so.1",
    ])
  func unregistered(library: String) throws {
    // The drivers' own folders differ; /mine is one of the linker's.
    let fake = try FakeHost(
      [library: ""], variables: ["LD_LIBRARY_PATH": "/nowhere:/mine"], working: [library])
    #expect(fake.drivers() == [library])
    let search = DriverSearch(fake.host)
    #expect(search.needsRegistration)
    let folder = URL(fileURLWithPath: library).deletingLastPathComponent().path
    #expect(search.drivers.first?.origin == .found(folder: folder))
  }

  @Test("an unregistered driver joins those that are registered")
  func incomplete() throws {
    let nvidia = "/usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1"
    let fake = try FakeHost(
      ["/etc/OpenCL/vendors/pocl.icd": "libpocl.so.2\n", nvidia: ""],
      working: [nvidia, "libpocl.so.2"])
    #expect(fake.drivers() == ["libpocl.so.2", nvidia])
    #expect(DriverSearch(fake.host).needsRegistration)
  }

  @Test("a driver that is registered and loads is not taken twice")
  func once() throws {
    let fake = try FakeHost(
      [
        "/etc/OpenCL/vendors/pocl.icd": "libpocl.so.2.10.0\n",
        "/usr/lib/x86_64-linux-gnu/libpocl.so.2": "", "/usr/lib64/libpocl.so.2": "",
      ],
      working: [
        "libpocl.so.2.10.0", "/usr/lib/x86_64-linux-gnu/libpocl.so.2", "/usr/lib64/libpocl.so.2",
      ])
    #expect(fake.drivers() == ["libpocl.so.2.10.0"])
  }

  @Test("a registered driver whose name does not load is found where it lies")
  func misplaced() throws {
    let found = "/usr/local/nvidia/lib64/libnvidia-opencl.so.1"
    let fake = try FakeHost(
      ["/etc/OpenCL/vendors/nvidia.icd": "libnvidia-opencl.so.1\n", found: ""], working: [found])
    #expect(fake.drivers() == ["libnvidia-opencl.so.1", found])
    let broken = DriverSearch(fake.host).broken(on: fake.host)
    #expect(broken.map(\.library) == ["libnvidia-opencl.so.1"])
  }

  @Test("of several copies the first that loads is taken, and one that never loads is reported")
  func copies() throws {
    let (old, new) = ("/opt/rocm-6.1.0/lib/libamdocl64.so", "/opt/rocm-6.2.0/lib/libamdocl64.so")
    let both = try FakeHost([old: "", new: ""], working: [old, new])
    #expect(both.drivers() == [new])
    let oneWorks = try FakeHost([old: "", new: ""], working: [old])
    #expect(oneWorks.drivers() == [old])
    let none = try FakeHost([old: "", new: ""])
    #expect(none.drivers().isEmpty)
    #expect(
      none.report().contains(
        "\(new) (found, not registered, not used) does not load: \(new): no such file"))
  }

  @Test("OCL_ICD_VENDORS rules: nothing else is looked for")
  func vendors() throws {
    let nvidia = "/usr/lib64/libnvidia-opencl.so.1"
    let files = [
      "/etc/OpenCL/vendors/pocl.icd": "libpocl.so.2\n", nvidia: "",
      "/mine/a.icd": "/opt/liba.so\n", "/mine/b.icd": "/opt/libb.so\n",
    ]
    let cases = [
      ("/mine", ["/opt/liba.so", "/opt/libb.so"]), ("/mine/", ["/opt/liba.so", "/opt/libb.so"]),
      ("/mine/b.icd", ["/opt/libb.so"]), ("/opt/libc.so.1", ["/opt/libc.so.1"]),
      ("pocl.icd", ["libpocl.so.2"]), ("/mine/none.icd", []), ("/nowhere", ["/nowhere"]),
    ]
    for (value, expected) in cases {
      let fake = try FakeHost(files, variables: ["OCL_ICD_VENDORS": value], working: [nvidia])
      #expect(fake.drivers() == expected, "\(value)")
      #expect(!DriverSearch(fake.host).needsRegistration)
      #expect(fake.report().contains("Drivers are those that OCL_ICD_VENDORS names, \(value):"))
    }
  }

  @Test("OCL_ICD_FILENAMES names libraries, which come before those that are registered")
  func filenames() throws {
    let nvidia = "/usr/lib64/libnvidia-opencl.so.1"
    let fake = try FakeHost(
      ["/etc/OpenCL/vendors/pocl.icd": "libpocl.so.2\n", nvidia: ""],
      variables: ["OCL_ICD_FILENAMES": "/a/liba.so:libb.so"], working: [nvidia])
    #expect(fake.drivers() == ["/a/liba.so", "libb.so", "libpocl.so.2"])
    // This loader does not know the variable, so it has to be told.
    #expect(DriverSearch(fake.host).needsRegistration)
  }

  @Test("the loader finds what OCL_ICD_FILENAMES names, and the variables stay as they were")
  func loaderIsTold() async {
    await #expect(processExitsWith: .success) {
      // What this host has registered, given by name only.
      let libraries = DriverSearch().drivers.map(\.library)
      try #require(!libraries.isEmpty)
      let empty = try TemporaryFolder()
      setenv("OCL_ICD_VENDORS", empty.path, 1)
      setenv("OCL_ICD_FILENAMES", libraries.joined(separator: ":"), 1)
      #expect(try !Platform.all().isEmpty)
      #expect(getenv("OCL_ICD_VENDORS").map { String(cString: $0) } == empty.path)
    }
  }
}
