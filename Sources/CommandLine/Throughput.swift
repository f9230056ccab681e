import Chorus

/// How fast a run and each of its replicas is.
struct Throughput {
  struct Replica {
    var grains = 0
    var seconds = 0.0

    func examplesPerSecond(grain: Int) -> Double {
      seconds > 0 ? Double(grains * grain) / seconds : 0
    }
  }

  private(set) var replicas: [Replica]
  private(set) var examples = 0
  private(set) var seconds = 0.0

  init(replicas: Int) { self.replicas = Array(repeating: Replica(), count: replicas) }

  /// Counts what was done before the run was resumed, on whatever replicas.
  mutating func add(_ earlier: RunProgress.Earlier) {
    examples += earlier.examples
    seconds += earlier.seconds
  }

  /// Mean over all steps so far.
  var examplesPerSecond: Double { seconds > 0 ? Double(examples) / seconds : 0 }

  mutating func add(_ report: StepReport) {
    examples += report.examples
    seconds += report.seconds
    for index in replicas.indices {
      replicas[index].grains += report.replicaGrains[index]
      replicas[index].seconds += report.replicaSeconds[index]
    }
  }
}
