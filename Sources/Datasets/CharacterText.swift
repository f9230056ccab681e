/// Text as characters: every different character of a file is a token.
public struct CharacterText: Sendable {
  /// The characters, in the order of their code points; a token is an index here.
  public let vocabulary: [Character]
  /// Windows to learn from: they begin at every character of the first part.
  public let training: TextWindows
  /// Windows to measure with: the last part, cut into windows one behind the other.
  public let heldOut: TextWindows

  /// Reads a UTF-8 file; the first `trainingShare` of its characters train, the rest is held out.
  ///
  /// - Parameters:
  ///   - file: The file, or a folder that holds `input.txt`.
  ///   - context: Tokens of a window, T; the targets are the same window one token later.
  ///   - trainingShare: Between 0 and 1.
  /// - Throws: `DatasetError`, for a file that cannot be read or is too short.
  public init(file: String, context: Int, trainingShare: Double = 0.9) throws(DatasetError) {
    guard context > 0, trainingShare > 0, trainingShare < 1 else {
      throw DatasetError(
        problem: "a context of \(context) tokens and a training share of \(trainingShare) cannot"
          + " be used",
        remedy: "give a context of at least 1 and a share between 0 and 1")
    }
    let path = (try? File.checkDirectory(file)) == nil ? file : file + "/input.txt"
    guard let text = String(validating: try File.read(path), as: UTF8.self) else {
      throw DatasetError(
        file: path, problem: "the file is not UTF-8 text",
        remedy: "convert it, or give another file")
    }
    // Unicode scalars, not grapheme clusters: a line end of two characters stays two.
    let scalars = Array(text.unicodeScalars)
    let sorted = Set(scalars).sorted()
    vocabulary = sorted.map(Character.init)
    let indices = Dictionary(uniqueKeysWithValues: zip(sorted, Int32(0)...))
    let tokens = scalars.map { indices[$0] ?? 0 }
    let split = Int(Double(tokens.count) * trainingShare)
    let parts = [Array(tokens[..<split]), Array(tokens[split...])]
    guard parts.allSatisfy({ $0.count > context }) else {
      throw DatasetError(
        file: path,
        problem: "\(tokens.count) characters are too few for windows of \(context) in both parts",
        remedy: "give a longer file or a shorter context")
    }
    training = TextWindows(
      tokens: parts[0], context: context, stride: 1, classCount: sorted.count)
    heldOut = TextWindows(
      tokens: parts[1], context: context, stride: context, classCount: sorted.count)
  }
}
