public import Foundation
public import OpenCL

/// Where Chorus keeps what it can make again: built programs, verdicts of self-tests, tuned tiles.
public struct CacheFolder: Sendable {
  /// The folder; it may not exist yet.
  public let url: URL

  /// `$CHORUS_CACHE`, or `chorus` in `$XDG_CACHE_HOME` or `~/.cache`.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    if let path = environment["CHORUS_CACHE"], !path.isEmpty {
      url = URL(fileURLWithPath: path)
    } else if let path = environment["XDG_CACHE_HOME"], !path.isEmpty {
      url = URL(fileURLWithPath: path).appendingPathComponent("chorus")
    } else {
      url = FileManager.default.homeDirectoryForCurrentUser
        .appendingPathComponent(".cache/chorus")
    }
  }

  /// The cache of built programs.
  public var programs: ProgramCache {
    ProgramCache(directory: url.appendingPathComponent("programs").path)
  }

  /// The tables of tuned tiles.
  public var tiles: TuningCache {
    TuningCache(folder: url.appendingPathComponent("tiles"))
  }

  /// The folder of self-test verdicts.
  var verdicts: URL { url.appendingPathComponent("self-tests") }
}
