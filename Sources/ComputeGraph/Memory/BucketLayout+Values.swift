extension BucketLayout {
  /// Parameters' values put into buckets.
  ///
  /// - Parameter parameters: One array per parameter, by id.
  /// - Returns: `[bucket.count]` floats per bucket, zeros in the gaps.
  public func buckets(of parameters: [[Float]]) -> [[Float]] {
    precondition(parameters.map(\.count) == counts, "one value for each element of each parameter")
    return buckets.map { bucket in
      var values = [Float](repeating: 0, count: bucket.count)
      for id in bucket.parameters { values.replaceSubrange(range(of: id), with: parameters[id]) }
      return values
    }
  }

  /// Parameters' values taken out of buckets.
  ///
  /// - Parameter values: `[bucket.count]` floats per bucket.
  /// - Returns: One array per parameter, by id.
  public func parameters(of values: [[Float]]) -> [[Float]] {
    counts.indices.map { Array(values[bucketIndices[$0]][range(of: $0)]) }
  }

  /// Neighbours in a bucket that are updated alike.
  package struct UpdateRun: Sendable, Hashable {
    /// What the update does with them.
    package let role: Parameter.Role
    /// Their elements, up to the next run: gaps are updated too, and stay zeros.
    package let range: Range<Int>
  }

  /// The runs of a bucket, in order; `parameters` are those of the plan.
  package func updateRuns(bucket index: Int, parameters: [Parameter]) -> [UpdateRun] {
    let bucket = buckets[index]
    var runs: [UpdateRun] = []
    var first = 0
    while first < bucket.parameters.count {
      let role = parameters[bucket.parameters[first]].role
      let next =
        bucket.parameters[first...].firstIndex { parameters[$0].role != role }
        ?? bucket.parameters.count
      let end = next < bucket.parameters.count ? offsets[bucket.parameters[next]] : bucket.count
      runs.append(UpdateRun(role: role, range: offsets[bucket.parameters[first]]..<end))
      first = next
    }
    return runs
  }
}
