// Each kind of value has three forms: required, with a default, and `IfPresent`.

extension RecipeReader {
  /// A whole number.
  public func integer<Bounds: RecipeBounds<Int>>(
    _ key: String, in bounds: Bounds = Int.min...
  ) throws(RecipeError) -> Int {
    try integer(value(key), name(of: key), in: bounds)
  }

  /// A whole number, or the default.
  public func integer<Bounds: RecipeBounds<Int>>(
    _ key: String, in bounds: Bounds = Int.min..., default value: Int
  ) throws(RecipeError) -> Int {
    try integerIfPresent(key, in: bounds) ?? value
  }

  /// A whole number, or nil where the key is left out.
  public func integerIfPresent<Bounds: RecipeBounds<Int>>(
    _ key: String, in bounds: Bounds = Int.min...
  ) throws(RecipeError) -> Int? {
    guard let value = valueIfPresent(key) else { return nil }
    return try integer(value, name(of: key), in: bounds)
  }

  /// A finite number; an integer is one.
  public func number<Bounds: RecipeBounds<Double>>(
    _ key: String, in bounds: Bounds = (-Double.infinity)...
  ) throws(RecipeError) -> Double {
    try number(value(key), name(of: key), in: bounds)
  }

  /// A finite number, or the default.
  public func number<Bounds: RecipeBounds<Double>>(
    _ key: String, in bounds: Bounds = (-Double.infinity)..., default value: Double
  ) throws(RecipeError) -> Double {
    try numberIfPresent(key, in: bounds) ?? value
  }

  /// A finite number, or nil where the key is left out.
  public func numberIfPresent<Bounds: RecipeBounds<Double>>(
    _ key: String, in bounds: Bounds = (-Double.infinity)...
  ) throws(RecipeError) -> Double? {
    guard let value = valueIfPresent(key) else { return nil }
    return try number(value, name(of: key), in: bounds)
  }

  /// A text that is not empty.
  public func string(_ key: String) throws(RecipeError) -> String {
    try string(value(key), name(of: key))
  }

  /// A text that is not empty, or nil where the key is left out.
  public func stringIfPresent(_ key: String) throws(RecipeError) -> String? {
    guard let value = valueIfPresent(key) else { return nil }
    return try string(value, name(of: key))
  }

  /// True or false.
  public func boolean(_ key: String) throws(RecipeError) -> Bool {
    try boolean(value(key), name(of: key))
  }

  /// True or false, or the default.
  public func boolean(_ key: String, default value: Bool) throws(RecipeError) -> Bool {
    guard let written = valueIfPresent(key) else { return value }
    return try boolean(written, name(of: key))
  }
}

extension RecipeReader {
  func integer(
    _ value: RecipeValue, _ name: String, in bounds: some RecipeBounds<Int>
  ) throws(RecipeError) -> Int {
    guard case .integer(let integer) = value.content else {
      throw mismatch(value, name, "an integer")
    }
    guard bounds.contains(integer) else {
      throw RecipeError(value.location, "\(name) must be \(bounds.text), but it is \(integer)")
    }
    return integer
  }

  func number(
    _ value: RecipeValue, _ name: String, in bounds: some RecipeBounds<Double>
  ) throws(RecipeError) -> Double {
    let number: Double
    switch value.content {
    case .integer(let integer): number = Double(integer)
    case .number(let written): number = written
    default: throw mismatch(value, name, "a number")
    }
    guard number.isFinite else { throw mismatch(value, name, "a finite number") }
    guard bounds.contains(number) else {
      throw RecipeError(
        value.location, "\(name) must be \(bounds.text), but it is \(plain(number))")
    }
    return number
  }

  private func string(_ value: RecipeValue, _ name: String) throws(RecipeError) -> String {
    guard case .string(let string) = value.content else {
      throw mismatch(value, name, "a string")
    }
    guard !string.isEmpty else { throw RecipeError(value.location, "\(name) must not be empty") }
    return string
  }

  private func boolean(_ value: RecipeValue, _ name: String) throws(RecipeError) -> Bool {
    guard case .boolean(let boolean) = value.content else {
      throw mismatch(value, name, "true or false")
    }
    return boolean
  }
}
