import Foundation
import Testing

/// `chorus devices` where drivers are missing or lie elsewhere.
@Suite struct DevicesTests {
  @Test("without a device it says where it looked, what a driver lacks, and what to install")
  func none() throws {
    let scratch = try Scratch()
    let icd = scratch.file("broken.icd")
    try Data("/nowhere/libdriver.so\n".utf8).write(to: URL(fileURLWithPath: icd))
    let run = try Program("devices", environment: ["OCL_ICD_VENDORS": scratch.path])
    #expect(run.status == 1)
    for words in [
      "no OpenCL device was found.",
      "Drivers are those that OCL_ICD_VENDORS names, \(scratch.path):",
      "/nowhere/libdriver.so (\(icd)) does not load: /nowhere/libdriver.so: cannot open shared",
      "apt install pocl-opencl-icd",
    ] {
      #expect(run.errors.contains(words), "\(run.errors)")
    }
    let train = try Program("train", environment: ["OCL_ICD_VENDORS": scratch.path])
    #expect(train.status == 2)
    #expect(train.errors.contains("`chorus devices` tells what was looked for"), "\(train.errors)")
  }

  @Test("a driver that OCL_ICD_FILENAMES names is used, and so by the processes of --isolate")
  func filenames() throws {
    let plain = try Program("devices", "--json", "--drivers")
    let report = try #require(try plain.events.first)
    // Such as `  /usr/lib/libx.so (/etc/OpenCL/vendors/x.icd) loads`.
    let lines = try #require(report["drivers"] as? [String])
    let libraries = lines.filter { $0.hasSuffix(" loads") }.compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
    try #require(!libraries.isEmpty)
    let scratch = try Scratch()
    let environment = [
      "OCL_ICD_VENDORS": scratch.path, "OCL_ICD_FILENAMES": libraries.joined(separator: ":"),
    ]
    let named = try Program("devices", "--json", environment: environment)
    let platforms = try [report, try #require(try named.events.first)].map {
      try #require($0["devices"] as? [[String: Any]]).compactMap { $0["platform"] as? String }
    }
    #expect(platforms[0] == platforms[1] && !platforms[0].isEmpty)
    let isolated = try Program(
      list: [
        "train", "mlp", "--isolate", "--steps", "1", "--devices", "0", "--out", scratch.file("run"),
      ], environment: environment)
    #expect(isolated.status == 0, "\(isolated.errors)")
  }

  @Test("a registered driver that does not load is named beside the devices")
  func broken() throws {
    let scratch = try Scratch()
    let icd = scratch.file("broken.icd")
    try Data("/nowhere/libdriver.so\n".utf8).write(to: URL(fileURLWithPath: icd))
    let report = try #require(try Program("devices", "--json").events.first)
    let lines = try #require(report["drivers"] as? [String])
    for (index, line) in lines.filter({ $0.hasSuffix(" loads") }).enumerated() {
      let library = line.split(separator: " ").first ?? ""
      try Data("\(library)\n".utf8).write(
        to: URL(fileURLWithPath: scratch.file("good\(index).icd")))
    }
    let run = try Program("devices", environment: ["OCL_ICD_VENDORS": scratch.path])
    #expect(run.status == 0)
    #expect(run.output.contains("self-test: passed"), "\(run.output)")
    #expect(run.errors.contains("The driver /nowhere/libdriver.so does not load"), "\(run.errors)")
  }
}
