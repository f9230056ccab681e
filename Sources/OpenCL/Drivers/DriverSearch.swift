/// The OpenCL drivers of a host: those that are registered, and those that lie in the usual places without being so.
///
/// `OCL_ICD_VENDORS` and `OCL_ICD_FILENAMES` rule: where one is set, only what it names is used (and beside the
/// files, what is registered). Otherwise `/etc/OpenCL/vendors` counts, and a known driver that is not registered
/// there, or registered under a name that does not load, is looked for in the folders where vendors put it.
public struct DriverSearch: Sendable {
  /// Why a driver counts.
  public enum Origin: Sendable, Equatable {
    /// A file of the vendors' folder names it.
    case registered(file: String)
    /// A variable names it.
    case named(variable: String)
    /// It lies in a folder where drivers are looked for.
    case found(folder: String)
  }

  /// One driver.
  public struct Driver: Sendable, Equatable {
    /// The library, as the dynamic linker gets it: a path, or a name.
    public let library: String
    /// Why it counts.
    public let origin: Origin
  }

  /// A driver that lies somewhere, but is of no use.
  public struct Failure: Sendable, Equatable {
    /// The library's path.
    public let library: String
    /// What opening it gave.
    public let state: DriverState
  }

  /// Where Linux distributions register drivers.
  static let standardVendors = "/etc/OpenCL/vendors"

  /// What names the drivers: a folder of `.icd` files, one such file, or a library.
  public let vendors: String
  /// The variable that says so; nil for the standard folder.
  public let variable: String?
  /// The drivers, in the order in which the loader is told of them.
  public let drivers: [Driver]
  /// Libraries that were found unregistered and cannot be used.
  public let failures: [Failure]
  /// Folders that were looked in for unregistered drivers; those that do not exist are left out.
  public let folders: [String]

  /// Whether the loader, left to itself, would miss some of the drivers.
  public var needsRegistration: Bool {
    drivers.contains { driver in
      switch driver.origin {
      case .registered: false
      case .named(let name): name == "OCL_ICD_FILENAMES"
      case .found: true
      }
    }
  }

  /// Looks for the drivers of a host; opens libraries that are known drivers without being registered.
  public init(_ host: DriverHost = .current) {
    let variable = ["OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"].first { host.variable($0) != nil }
    let vendors = variable.flatMap(host.variable) ?? Self.standardVendors
    let files = host.variable("OCL_ICD_FILENAMES")
    self.vendors = vendors
    self.variable = variable
    var drivers = (files?.split(separator: ":") ?? []).map {
      Driver(library: String($0), origin: .named(variable: "OCL_ICD_FILENAMES"))
    }
    drivers += Self.registered(host, vendors, variable)
    var looked: [String] = []
    var failures: [Failure] = []
    if variable == nil, files == nil {
      for known in KnownDriver.all {
        drivers += Self.unregistered(
          known, host, beside: drivers, looked: &looked, failures: &failures)
      }
    }
    self.drivers = drivers
    self.failures = failures
    folders = looked
  }

  /// What ocl-icd reads by itself: a folder of files, one file, or else a library.
  private static func registered(
    _ host: DriverHost, _ vendors: String, _ variable: String?
  ) -> [Driver] {
    if variable == "OCL_ICD_VENDORS", !host.isFolder(vendors) {
      guard vendors.hasSuffix(".icd") else {
        return [Driver(library: vendors, origin: .named(variable: "OCL_ICD_VENDORS"))]
      }
      // A name alone is one of the standard folder's, if it has such a file.
      let standard = "\(host.variable("OPENCL_VENDOR_PATH") ?? standardVendors)/\(vendors)"
      let isThere = !vendors.contains("/") && host.exists(standard)
      return driver(host, isThere ? standard : vendors).map { [$0] } ?? []
    }
    let folder = vendors.hasSuffix("/") ? String(vendors.dropLast()) : vendors
    return host.names(in: folder).filter { $0.hasSuffix(".icd") }.compactMap {
      driver(host, "\(folder)/\($0)")
    }
  }

  /// The driver that a file names in its first line.
  private static func driver(_ host: DriverHost, _ file: String) -> Driver? {
    guard let library = host.firstLine(of: file), !library.isEmpty else { return nil }
    return Driver(library: library, origin: .registered(file: file))
  }

  /// A known driver that nobody registered, if one lies somewhere and can be used.
  private static func unregistered(
    _ known: KnownDriver, _ host: DriverHost, beside drivers: [Driver], looked: inout [String],
    failures: inout [Failure]
  ) -> [Driver] {
    let linked = (host.variable("LD_LIBRARY_PATH")?.split(separator: ":") ?? []).map(String.init)
    let folders = (linked + KnownDriver.commonFolders + known.folders).flatMap(host.folders)
    looked += folders.filter { !looked.contains($0) }
    let own = drivers.filter { known.matches($0.library) }
    var hasFailed = false
    for folder in folders {
      guard let name = known.libraries.first(where: { host.exists("\(folder)/\($0)") }) else {
        continue
      }
      // One copy is enough: two of one driver would share the process's state.
      if own.contains(where: { host.open($0.library).isUsable }) { return [] }
      let library = "\(host.root)\(folder)/\(name)"
      let found = host.open(library)
      if found.isUsable { return [Driver(library: library, origin: .found(folder: folder))] }
      // Of several copies, the first one's fault is the one to tell.
      if !hasFailed { failures.append(Failure(library: library, state: found)) }
      hasFailed = true
    }
    return []
  }
}
