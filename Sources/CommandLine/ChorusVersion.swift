/// The version of the program.
enum ChorusVersion {
  /// Semantic version; CHANGELOG.md says what each holds.
  static let text = "0.1.0"
}
