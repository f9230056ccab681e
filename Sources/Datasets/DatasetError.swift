/// What is wrong with a dataset, where, and what to do about it.
public struct DatasetError: Error, CustomStringConvertible, Sendable {
  /// The file or directory at fault; nil where the data did not come from one.
  public let file: String?

  /// What is wrong, with the values that show it.
  public let problem: String

  /// What the user can do.
  public let remedy: String

  /// An error about `file`; `problem` and `remedy` are clauses without a full stop.
  public init(file: String? = nil, problem: String, remedy: String) {
    self.file = file
    self.problem = problem
    self.remedy = remedy
  }

  /// One sentence: the file, the problem, the remedy.
  public var description: String {
    let place = file.map { "\($0): " } ?? ""
    return "\(place)\(problem); \(remedy)."
  }
}
