import Testing
import Timeline

private typealias Lines = TestTimelines

@Suite struct OverlapReportTests {
  private func expect(
    _ times: OverlapReport.Times, _ milliseconds: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = [
      times.step, times.computing, times.communication, times.hidden, times.exposed, times.input,
      times.waiting,
    ]
    for (found, expected) in zip(found, milliseconds) {
      #expect(abs(found * 1e3 - expected) < 1e-9, "\(times)", sourceLocation: sourceLocation)
    }
  }

  @Test("one device: hidden, exposed, input and waiting are those counted by hand")
  func oneDevice() throws {
    let report = try OverlapReport(Lines.oneDevice(step: 5, begin: 100))
    #expect(report.steps.map(\.step) == [5])
    #expect(report.leftOut == 0)
    expect(report.steps[0].times[0], [20, 16, 9, 6, 3, 1, 0])
    #expect(abs(report.exposedShare - 0.15) < 1e-12)
    #expect(abs(report.devices[0].hiddenShare - 6.0 / 9) < 1e-12)
    let exposures = report.exposures.map { ($0.activity, $0.name) }
    // All three last a millisecond: the names decide.
    #expect(exposures.count == 3)
    #expect(exposures.contains { $0 == (.upload, "bucket 0") })
    #expect(exposures.contains { $0 == (.reduce, "bucket 1") })
    #expect(report.exposures.allSatisfy { abs($0.secondsPerStep - 1e-3) < 1e-12 })
  }

  @Test("two devices: the one that computes longest decides, the other waits")
  func twoDevices() throws {
    let report = try OverlapReport(Lines.twoDevices(step: 0, begin: 0))
    #expect(report.devices.map(\.name) == ["device 0", "device 1"])
    // Device 0: its download is exposed from 4 to 5, the host's sum from 7.5 to 8.5.
    expect(report.steps[0].times[0], [10, 5.5, 4, 2, 2, 0, 2.5])
    // Device 1: only the half millisecond of the sum behind its last kernel, then it waits for the other's update.
    expect(report.steps[0].times[1], [10, 8.5, 3.5, 3, 0.5, 0, 1])
    #expect(report.steps[0].critical == 1)
    #expect(abs(report.exposedShare - 0.05) < 1e-12)
    #expect(abs(report.meanExposedShare - 0.125) < 1e-12)
    #expect(report.exposures.map(\.activity) == [.reduce])
    #expect(report.devices.map(\.criticalSteps) == [0, 1])
  }

  @Test("the first steps are left out, one step is always kept, and a range is taken as it is")
  func warmup() throws {
    var spans = (1...4).flatMap { Lines.twoDevices(step: $0, begin: Double($0) * 10) }
    // The first step compiles kernels: a second of exposed communication.
    spans += [
      Lines.span(Lines.reducer, .reduce, "first", -1000, 0, step: 0),
      Lines.span(Lines.compute, .compute, "first", -1000, -999, step: 0),
    ]
    let report = try OverlapReport(spans)
    #expect(report.steps.map(\.step) == [1, 2, 3, 4])
    #expect(report.leftOut == 1)
    #expect(abs(report.worstExposedShare - 0.05) < 1e-9)
    let all = try OverlapReport(spans, warmup: 0)
    #expect(all.worstStep == 0 && all.worstExposedShare > 0.9)
    // The median does not move.
    #expect(abs(all.exposedShare - 0.05) < 1e-9)
    #expect(try OverlapReport(spans, warmup: 99).steps.map(\.step) == [4])
    #expect(try OverlapReport(spans, steps: 0...2).steps.map(\.step) == [0, 1, 2])
    #expect(throws: TimelineError.stepsMissing(asked: 7...9, recorded: 0...4)) {
      _ = try OverlapReport(spans, steps: 7...9)
    }
  }

  @Test("steps never share a moment: an early input counts in the step that it overlaps")
  func pipelined() throws {
    var spans = Lines.twoDevices(step: 0, begin: 0) + Lines.twoDevices(step: 1, begin: 10)
    spans.append(Lines.span(Lines.transfer, .input, "examples", 5.5, 7, step: 1))
    let report = try OverlapReport(spans, warmup: 0)
    #expect(abs(report.steps[1].start - 0.010) < 1e-12)
    expect(report.steps[0].times[0], [10, 5.5, 4, 2, 2, 1.5, 1])
    expect(report.steps[1].times[0], [10, 5.5, 4, 2, 2, 0, 2.5])
  }

  @Test("time between steps belongs to none; a checkpoint in the background lengthens none")
  func between() throws {
    var spans = Lines.twoDevices(step: 0, begin: 0) + Lines.twoDevices(step: 1, begin: 500)
    spans.append(Lines.span(Row.host("checkpoint"), .checkpoint, "step 0", 10, 505, step: 0))
    let report = try OverlapReport(spans, warmup: 0)
    for step in report.steps { #expect(abs(step.times[0].step - 0.010) < 1e-9) }
  }

  @Test("spans that overlap are counted once, also when they lie inside each other or meet")
  func overlapping() throws {
    let spans = [
      Lines.span(Lines.compute, .compute, "a", 0, 6, step: 0),
      Lines.span(Lines.compute, .compute, "b", 1, 2, step: 0),
      Lines.span(Lines.compute, .audit, "c", 5, 7, step: 0),
      Lines.span(Lines.transfer, .download, "d", 3, 9, step: 0),
      Lines.span(Lines.transfer, .upload, "e", 8, 10, step: 0),
      Lines.span(Lines.reducer, .reduce, "f", 9, 10, step: 0),
    ]
    let report = try OverlapReport(spans)
    expect(report.steps[0].times[0], [10, 7, 7, 4, 3, 0, 0])
    #expect(report.exposures.first?.activity == .download || report.exposures.first?.name == "e")
    #expect(abs((report.exposures.first?.secondsPerStep ?? 0) - 2e-3) < 1e-12)
  }

  @Test("a recording without steps or devices is refused")
  func refused() {
    #expect(throws: TimelineError.noSteps) { _ = try OverlapReport([]) }
    #expect(throws: TimelineError.noSteps) {
      _ = try OverlapReport([Span(Lines.compute, .fault, "joined", start: 0, end: 0)])
    }
    #expect(throws: TimelineError.noDevice) {
      _ = try OverlapReport([Lines.span(Lines.reducer, .reduce, "bucket 0", 0, 1, step: 0)])
    }
  }

  @Test("device 10 comes after device 2")
  func order() throws {
    let spans = [10, 2, 1].map { device in
      Lines.span(Row(process: "device \(device)", thread: "q"), .compute, "a", 0, 1, step: 0)
    }
    let report = try OverlapReport(spans)
    #expect(report.devices.map(\.name) == ["device 1", "device 2", "device 10"])
    #expect(report.devices[0].hiddenShare == 1)
  }
}
