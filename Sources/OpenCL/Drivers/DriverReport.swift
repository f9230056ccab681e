/// What a search for drivers found, for people.
extension DriverSearch {
  /// What was looked for, what was found, and what is missing; one line each.
  ///
  /// Opens every driver, and so loads them.
  public func report(on host: DriverHost = .current) -> [String] {
    var lines = [head(host)]
    for driver in drivers {
      let state = host.open(driver.library).text
      switch driver.origin {
      case .registered(let file): lines.append("  \(driver.library) (\(file)) \(state)")
      case .named(let variable): lines.append("  \(driver.library) (\(variable)) \(state)")
      case .found: lines.append("  \(driver.library) (found, not registered) \(state)")
      }
    }
    for failure in failures {
      lines.append("  \(failure.library) (found, not registered, not used) \(failure.state.text)")
    }
    if drivers.isEmpty && failures.isEmpty { lines.append("  no driver") }
    if !folders.isEmpty {
      lines.append("Drivers that nobody registered are looked for in:")
      lines += folders.map { "  \($0)" }
    }
    return lines + DriverAdvice.sentences(self, host)
  }

  /// Drivers that are registered, or named by a variable, and do not load.
  public func broken(on host: DriverHost = .current) -> [Failure] {
    drivers.compactMap { driver in
      let state = host.open(driver.library)
      guard case .broken = state else { return nil }
      return Failure(library: driver.library, state: state)
    }
  }

  private func head(_ host: DriverHost) -> String {
    if let variable { return "Drivers are those that \(variable) names, \(vendors):" }
    if host.variable("OCL_ICD_FILENAMES") != nil {
      return "Drivers are those that OCL_ICD_FILENAMES names, and those in \(vendors):"
    }
    return host.exists(vendors)
      ? "Drivers are registered in \(vendors):"
      : "Drivers would be registered in \(vendors), which is not there:"
  }
}
