import Glibc

/// Tells the ICD loader of drivers that are not registered, for the moment in which it looks for them.
enum DriverRegistration {
  /// Runs `body`, in which the loader finds the drivers of `search` and no others.
  ///
  /// The loader reads `OCL_ICD_VENDORS` at its first call and never again, so the variable and the folder that it
  /// names last only for `body`. Programs that this one starts search for themselves.
  static func with<Result>(_ search: DriverSearch, _ body: () -> Result) -> Result {
    guard search.needsRegistration, let folder = makeFolder() else { return body() }
    let files = search.drivers.enumerated().map { index, driver in
      (path: "\(folder)/\(index).icd", text: driver.library + "\n")
    }
    defer {
      for file in files { unlink(file.path) }
      rmdir(folder)
    }
    for file in files where !writeFile(file.path, Array(file.text.utf8)) {
      report(failure("\(file.path) cannot be written"))
      return body()
    }
    let former = getenv("OCL_ICD_VENDORS").map { String(cString: $0) }
    setenv("OCL_ICD_VENDORS", folder, 1)
    defer {
      if let former {
        setenv("OCL_ICD_VENDORS", former, 1)
      } else {
        unsetenv("OCL_ICD_VENDORS")
      }
    }
    return body()
  }

  /// A new folder that only this user can write to; nil, and a report, where no place takes one.
  private static func makeFolder() -> String? {
    let places = ["TMPDIR", "XDG_RUNTIME_DIR"].compactMap(DriverHost.current.variable)
    for place in places + ["/tmp", "/dev/shm", "/var/tmp"] {
      var template = Array("\(place)/chorus-vendors-XXXXXX".utf8CString)
      if mkdtemp(&template) != nil {
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }
    report(failure("no temporary folder can be made"))
    return nil
  }

  private static func failure(_ reason: String) -> OpenCLError {
    OpenCLError(
      call: "registering drivers", code: OpenCLError.loaderNotFound,
      detail: "\(reason); only those in \(DriverSearch.standardVendors) are used")
  }
}
