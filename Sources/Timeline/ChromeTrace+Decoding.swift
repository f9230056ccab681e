public import Foundation

extension ChromeTrace {
  /// Reads a file: an array of events, or an object whose `traceEvents` is one.
  ///
  /// The end of an array may be missing, as after a run that was killed; the event that was cut is then lost.
  /// Events that chorus does not record are passed over.
  ///
  /// - Parameter data: The file.
  /// - Returns: The spans, in the order of their start.
  /// - Throws: `TimelineError` for a file that holds none.
  public static func decode(_ data: Data) throws(TimelineError) -> [Span] {
    let events = try events(in: data)
    var processes: [TraceID: String] = [:]
    var threads: [TraceID: [TraceID: String]] = [:]
    for event in events where event.phase == "M" {
      guard let process = event.process, let name = event.args?.texts["name"] else { continue }
      if event.name == "process_name" { processes[process] = name }
      if event.name == "thread_name", let thread = event.thread {
        threads[process, default: [:]][thread] = name
      }
    }
    var spans: [Span] = []
    spans.reserveCapacity(events.count)
    for event in events {
      guard let process = event.process, let thread = event.thread else { continue }
      let row = Row(
        process: processes[process] ?? "process \(process.text)",
        thread: threads[process]?[thread] ?? "thread \(thread.text)")
      if let span = event.span(in: row) { spans.append(span) }
    }
    guard !spans.isEmpty else {
      throw events.isEmpty ? .noSteps : .foreign(eventCount: events.count)
    }
    return spans.sorted { $0.start < $1.start }
  }

  private static func events(in data: Data) throws(TimelineError) -> [TraceEvent] {
    let first = data.first { !" \t\r\n\u{FEFF}".utf8.contains($0) }
    guard let first else { throw .notJSON("the file is empty") }
    if first == UInt8(ascii: "[") {
      if let events = try? JSONDecoder().decode([TraceEvent].self, from: data) { return events }
      if let closed = closed(data),
        let events = try? JSONDecoder().decode([TraceEvent].self, from: closed)
      {
        return events
      }
      throw isJSON(data) ? .notATrace : .notJSON("an array of events, but damaged")
    }
    if first == UInt8(ascii: "{") {
      if let file = try? JSONDecoder().decode(TraceObject.self, from: data) {
        return file.traceEvents
      }
      throw isJSON(data) ? .notATrace : .notJSON("an object, but damaged or cut short")
    }
    throw isJSON(data) ? .notATrace : .notJSON("it begins with neither [ nor {")
  }

  private static func isJSON(_ data: Data) -> Bool {
    (try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)) != nil
  }

  /// An array that was cut, closed after its last whole line.
  private static func closed(_ data: Data) -> Data? {
    var lines = data[...]
    while let end = lines.lastIndex(of: UInt8(ascii: "}")) {
      let next = data.index(after: end)
      let isEndOfLine =
        next == data.endIndex || data[next] == UInt8(ascii: ",")
        || data[next] == UInt8(ascii: "\n")
      // The end of the arguments is no end of an event.
      let isDouble = end > data.startIndex && data[data.index(before: end)] == UInt8(ascii: "}")
      if isEndOfLine && isDouble { return data[..<next] + Data("]".utf8) }
      lines = data[..<end]
    }
    // Nothing whole: an empty recording, if there is nothing but the opening.
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      == "[" ? Data("[]".utf8) : nil
  }
}

/// The other form of the format.
private struct TraceObject: Decodable {
  let traceEvents: [TraceEvent]
}

/// A process or thread, which other programs may name by a text.
private struct TraceID: Decodable, Hashable {
  let text: String

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      text = "\(number)"
    } else {
      text = try container.decode(String.self)
    }
  }
}

/// The parts of an event that spans are made of; a part that has another type counts as missing.
private struct TraceEvent: Decodable {
  struct Arguments: Decodable {
    var step: Int?
    var texts: [String: String] = [:]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      for key in container.allKeys {
        if key.stringValue == "step" {
          step = try? container.decode(Int.self, forKey: key)
        } else if let text = try? container.decode(String.self, forKey: key) {
          texts[key.stringValue] = text
        }
      }
    }
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private enum CodingKeys: String, CodingKey { case name, cat, ph, ts, dur, pid, tid, args }

  let name, category, phase: String?
  /// Microseconds.
  let start, duration: Double?
  let process, thread: TraceID?
  let args: Arguments?

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try? fields.decodeIfPresent(String.self, forKey: .name)
    category = try? fields.decodeIfPresent(String.self, forKey: .cat)
    phase = try? fields.decodeIfPresent(String.self, forKey: .ph)
    start = try? fields.decodeIfPresent(Double.self, forKey: .ts)
    duration = try? fields.decodeIfPresent(Double.self, forKey: .dur)
    process = try? fields.decodeIfPresent(TraceID.self, forKey: .pid)
    thread = try? fields.decodeIfPresent(TraceID.self, forKey: .tid)
    args = try? fields.decodeIfPresent(Arguments.self, forKey: .args)
  }

  /// The span, if chorus records such.
  func span(in row: Row) -> Span? {
    guard let phase, ["X", "i", "I"].contains(phase), let start,
      let activity = category.flatMap(Activity.init(rawValue:))
    else { return nil }
    // Sums of microseconds first: both numbers have three decimals, and so has the end.
    return Span(
      row, activity, name ?? "", start: start * 1e-6, end: (start + (duration ?? 0)) * 1e-6,
      step: args?.step ?? Span.noStep, notes: args?.texts ?? [:])
  }
}
