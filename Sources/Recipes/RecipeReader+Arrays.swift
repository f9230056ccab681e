extension RecipeReader {
  /// Whole numbers, at least one; exactly `count` where it is given. Nil where the key is left out.
  public func integersIfPresent<Bounds: RecipeBounds<Int>>(
    _ key: String, in bounds: Bounds = Int.min..., count: Int? = nil
  ) throws(RecipeError) -> [Int]? {
    guard let elements = try elements(key, count: count) else { return nil }
    var integers: [Int] = []
    for (index, element) in elements.enumerated() {
      integers.append(try integer(element, "\(name(of: key))[\(index)]", in: bounds))
    }
    return integers
  }

  /// Finite numbers, at least one; exactly `count` where it is given. Nil where the key is left out.
  public func numbersIfPresent<Bounds: RecipeBounds<Double>>(
    _ key: String, in bounds: Bounds = (-Double.infinity)..., count: Int? = nil
  ) throws(RecipeError) -> [Double]? {
    guard let elements = try elements(key, count: count) else { return nil }
    var numbers: [Double] = []
    for (index, element) in elements.enumerated() {
      numbers.append(try number(element, "\(name(of: key))[\(index)]", in: bounds))
    }
    return numbers
  }

  private func elements(_ key: String, count: Int?) throws(RecipeError) -> [RecipeValue]? {
    guard let value = valueIfPresent(key) else { return nil }
    guard case .array(let elements) = value.content else {
      throw mismatch(value, name(of: key), "an array")
    }
    if let count, elements.count != count {
      throw error(at: key, "must be an array of \(count), but it is an array of \(elements.count)")
    }
    guard !elements.isEmpty else { throw error(at: key, "must not be an empty array") }
    return elements
  }
}
