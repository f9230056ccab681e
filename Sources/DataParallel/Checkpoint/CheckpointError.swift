/// Why a checkpoint cannot be used or written.
public struct CheckpointError: Error, CustomStringConvertible {
  /// What went wrong.
  public enum Kind: Sendable, Hashable {
    /// The file is not what was written.
    case damaged
    /// It is whole, but of another run.
    case otherRun
    /// It was not written.
    case notWritten
  }

  /// What went wrong.
  public let kind: Kind
  /// The file's name, and what is wrong with it.
  public let file: String, problem: String

  init(_ kind: Kind, file: String, _ problem: String) {
    self.kind = kind
    self.file = file
    self.problem = problem
  }

  /// One sentence.
  public var description: String {
    switch kind {
    case .damaged: "\(file) is damaged (\(problem))"
    case .otherRun: "\(file) belongs to another run: it has \(problem)"
    case .notWritten: "\(file) cannot be written: \(problem)"
    }
  }
}
