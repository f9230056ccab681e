import Foundation
import OpenCL
import Testing

@Suite("ProgramCache")
struct ProgramCacheTests {
  @Test("a second build is a hit, also for another cache on the folder", arguments: allDevices)
  func hit(_ device: Device) throws {
    let folder = try TemporaryFolder()
    let cache = ProgramCache(directory: folder.path + "/made/here")
    try expectWorks(device, cache)
    #expect(cache.statistics == statistics(misses: 1))
    try expectWorks(device, cache)
    #expect(cache.statistics == statistics(hits: 1, misses: 1))
    let other = ProgramCache(directory: cache.directory)
    try expectWorks(device, other)
    #expect(other.statistics == statistics(hits: 1))
  }

  @Test("source and options each have an entry of their own", arguments: allDevices)
  func entries(_ device: Device) throws {
    let folder = try TemporaryFolder()
    let cache = ProgramCache(directory: folder.path)
    try expectWorks(device, cache)
    try expectWorks(device, cache, options: "-DSHIFT=1")
    try expectWorks(device, cache, options: "-DSHIFT=2")
    try expectWorks(device, cache, source: axpySource + "\n")
    #expect(cache.statistics == statistics(misses: 4))
    #expect(try folder.files().count == 4)
    #expect(try folder.files().allSatisfy { $0.hasSuffix(".bin") })
  }

  @Test("an entry with a wrong, a missing or an extra byte is built again", arguments: allDevices)
  func damage(_ device: Device) throws {
    let folder = try TemporaryFolder()
    try expectWorks(device, ProgramCache(directory: folder.path))
    let path = try #require(try folder.files().first)
    let good = try Data(contentsOf: URL(fileURLWithPath: path))
    var flipped = good
    flipped[good.count - 1] ^= 1
    var foreign = good
    foreign[0] ^= 1
    for bad in [flipped, foreign, good.dropLast(), good + [0], good.prefix(32), Data()] {
      try bad.write(to: URL(fileURLWithPath: path))
      let cache = ProgramCache(directory: folder.path)
      try expectWorks(device, cache)
      #expect(cache.statistics == statistics(damaged: 1))
      try expectWorks(device, cache)
      #expect(cache.statistics == statistics(hits: 1, damaged: 1))
    }
    #expect(try folder.files() == [path])
  }

  @Test("a folder that cannot be written makes no build fail", arguments: allDevices)
  func unwritable(_ device: Device) throws {
    let folder = try TemporaryFolder()
    // A file where the folder should be: permissions would not stop an administrator.
    let path = folder.path + "/file"
    try Data().write(to: URL(fileURLWithPath: path))
    for directory in [path, path + "/below", "/proc/none"] {
      let cache = ProgramCache(directory: directory)
      try expectWorks(device, cache)
      #expect(cache.statistics == statistics(misses: 1, failedWrites: 1))
    }
  }

  @Test("two threads that build the same program agree", arguments: allDevices)
  func threads(_ device: Device) async throws {
    let folder = try TemporaryFolder()
    let cache = ProgramCache(directory: folder.path)
    try await withThrowingTaskGroup { group in
      for _ in 0..<4 { group.addTask { try expectWorks(device, cache) } }
      try await group.waitForAll()
    }
    #expect(cache.statistics.hits + cache.statistics.misses == 4)
    #expect(try folder.files().count == 1)
  }

  @Test("a build that fails leaves no entry", arguments: allDevices)
  func failedBuild(_ device: Device) throws {
    let folder = try TemporaryFolder()
    let cache = ProgramCache(directory: folder.path)
    #expect(throws: OpenCLError.self) {
      try Program(context: Context(device: device), source: "kernel void x(", cache: cache)
    }
    #expect(try folder.files().isEmpty)
  }
}

private func statistics(
  hits: Int = 0, misses: Int = 0, damaged: Int = 0, failedWrites: Int = 0
) -> ProgramCache.Statistics {
  var statistics = ProgramCache.Statistics()
  statistics.hits = hits
  statistics.misses = misses
  statistics.damaged = damaged
  statistics.failedWrites = failedWrites
  return statistics
}

/// Builds through `cache` in a new context and checks that the program computes.
private func expectWorks(
  _ device: Device, _ cache: ProgramCache, source: String = axpySource, options: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let place = try Workplace(device)
  let program = try Program(
    context: place.context, source: source, options: options, cache: cache)
  let (y, x) = (try place.buffer([1, 2, 3]), try place.buffer([4, 5, 6]))
  let kernel = try program.kernel("axpy")
  try kernel.setArgument(0, y)
  try kernel.setArgument(1, x)
  try kernel.setArgument(2, Float(3))
  try kernel.setArgument(3, Int32(3))
  try place.queue.enqueue(kernel, global: WorkSize(3))
  #expect(try place.values(y) == [13, 17, 21], sourceLocation: sourceLocation)
}
