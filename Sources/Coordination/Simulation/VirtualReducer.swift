/// Sums buckets on the virtual host, one at a time, into memory that holds one step.
struct VirtualReducer {
  struct Source {
    let device: Int
    let life: Int
    let memory: VirtualMemory
    /// Of its bucket when it was named to the reducer.
    let stamp: Int
  }

  struct Job {
    let bucket: Int
    let epoch: Int
    let step: Int
    let sources: [Source]
  }

  /// A reduced bucket.
  struct Sum {
    var value: UInt64 = 0
    var step = -1
    var epoch = -1
    var isWrong = false
    /// Counts changes: one when it begins to be written, one when it is written.
    var changes = 0
  }

  var jobs: [Job] = []
  var isBusy = false
  /// By bucket.
  var sums: [Sum]

  init(bucketCount: Int) {
    sums = Array(repeating: Sum(), count: bucketCount)
  }

  /// The next job, whose sum begins to be written.
  mutating func begin() -> Job? {
    guard !isBusy, let job = jobs.first else { return nil }
    isBusy = true
    sums[job.bucket].changes += 1
    return job
  }

  mutating func end(isAlive: (Source) -> Bool) -> Job {
    isBusy = false
    let job = jobs.removeFirst()
    var value: UInt64 = 0
    var isWrong = false
    for source in job.sources {
      let part = source.memory.read(job.bucket)
      // Memory of a device that was given up may hold anything.
      value &+= isAlive(source) ? part.value : ~part.value
      isWrong = isWrong || part.isWrong
    }
    let changes = sums[job.bucket].changes + 1
    sums[job.bucket] = Sum(
      value: value, step: job.step, epoch: job.epoch, isWrong: isWrong, changes: changes)
    return job
  }
}
