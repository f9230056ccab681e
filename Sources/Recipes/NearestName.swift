/// Finds what was meant by a misspelt name.
enum NearestName {
  /// The nearest of the names, if it is near enough to be meant: one edit, or a third of the longer name.
  static func match(_ name: String, in names: [String]) -> String? {
    let candidates = names.map { (name: $0, distance: distance(name, $0)) }
    guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
    let limit = max(1, max(name.count, best.name.count) / 3)
    return best.distance <= limit ? best.name : nil
  }

  /// Insertions, deletions, replacements and swaps of neighbours between two names; case is ignored.
  ///
  /// Damerau-Levenshtein in its restricted form: no letter is edited twice.
  static func distance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left.lowercased()), Array(right.lowercased()))
    // rows[i][j]: distance of the first i letters of a from the first j letters of b.
    var rows = [[Int]](repeating: Array(0...b.count), count: a.count + 1)
    for i in a.indices {
      rows[i + 1][0] = i + 1
      for j in b.indices {
        var best = min(rows[i][j + 1], rows[i + 1][j]) + 1
        best = min(best, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        rows[i + 1][j + 1] = best
      }
    }
    return rows[a.count][b.count]
  }
}
