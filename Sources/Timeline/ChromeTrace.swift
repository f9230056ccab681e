public import Foundation

/// Spans in Chrome's trace format, which chrome://tracing and ui.perfetto.dev open.
///
/// Source: "Trace Event Format" (Google, 2016). A span is a complete event (`X`), or an instant (`i`) if it takes
/// no time; metadata events (`M`) name the processes and threads. Times are microseconds with three decimals.
/// Every event has a line of its own.
public enum ChromeTrace {
  /// A whole file: a JSON array of events.
  public static func encode(_ spans: [Span]) -> Data {
    var rows = TraceRows()
    return Data((opening + events(spans, naming: &rows) + closing).utf8)
  }

  static let opening = "[\n"
  static let separator = ",\n"
  static let closing = "\n]\n"

  /// The events of `spans`, each after the metadata of its row if that is new, without a separator at the ends.
  static func events(_ spans: [Span], naming rows: inout TraceRows) -> String {
    var text = ""
    text.reserveCapacity(spans.count * 180)
    for span in spans {
      let (ids, metadata) = rows.ids(of: span.row)
      for line in metadata {
        if !text.isEmpty { text += separator }
        text += line
      }
      if !text.isEmpty { text += separator }
      append(span, ids, to: &text)
    }
    return text
  }

  private static func append(_ span: Span, _ ids: TraceRows.IDs, to text: inout String) {
    text += "{\"name\":"
    text.appendQuoted(span.name)
    text += ",\"cat\":\"\(span.activity.rawValue)\",\"ph\":"
    text += span.start == span.end ? "\"i\",\"s\":\"t\"" : "\"X\""
    let start = nanoseconds(span.start)
    text += ",\"ts\":"
    text.appendThousandths(start)
    if span.start != span.end {
      text += ",\"dur\":"
      text.appendThousandths(nanoseconds(span.end) - start)
    }
    text += ",\"pid\":\(ids.process),\"tid\":\(ids.thread),\"args\":{\"step\":\(span.step)"
    for (key, note) in span.notes.sorted(by: { $0.key < $1.key }) where key != "step" {
      text += ","
      text.appendQuoted(key)
      text += ":"
      text.appendQuoted(note)
    }
    text += "}}"
  }

  /// Whole nanoseconds; a time that no clock gives counts as the beginning.
  private static func nanoseconds(_ seconds: Double) -> Int {
    let rounded = (seconds * 1e9).rounded()
    return rounded.magnitude < 4e18 ? Int(rounded) : 0
  }
}

/// The numbers that stand for rows in a file, given in the order of their first use.
struct TraceRows: Sendable {
  struct IDs: Sendable {
    let process: Int
    let thread: Int
  }

  /// 0 is a process of its own to Perfetto, so both count from 1.
  private var processes: [String: Int] = [:]
  private var known: [Row: IDs] = [:]

  /// The numbers of a row, and the events that name it if it is new.
  mutating func ids(of row: Row) -> (IDs, [String]) {
    if let ids = known[row] { return (ids, []) }
    var lines: [String] = []
    let isNew = processes[row.process] == nil
    let process = processes[row.process, default: processes.count + 1]
    processes[row.process] = process
    let ids = IDs(process: process, thread: known.count + 1)
    known[row] = ids
    if isNew {
      lines.append(metadata("process_name", ids, name: row.process))
      // The host comes below the devices.
      lines.append(metadata("process_sort_index", ids, index: row.isHost ? 1000 : process))
    }
    lines.append(metadata("thread_name", ids, name: row.thread))
    return (ids, lines)
  }

  private func metadata(
    _ kind: String, _ ids: IDs, name: String? = nil, index: Int = 0
  ) -> String {
    var text = "{\"name\":\"\(kind)\",\"ph\":\"M\",\"pid\":\(ids.process),\"tid\":\(ids.thread)"
    text += ",\"args\":{"
    if let name {
      text += "\"name\":"
      text.appendQuoted(name)
    } else {
      text += "\"sort_index\":\(index)"
    }
    return text + "}}"
  }
}

extension String {
  /// A JSON string.
  fileprivate mutating func appendQuoted(_ text: String) {
    self += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": self += "\\\""
      case "\\": self += "\\\\"
      case "\n": self += "\\n"
      case "\u{0}"..<" ":
        let hex = String(scalar.value, radix: 16)
        self += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: unicodeScalars.append(scalar)
      }
    }
    self += "\""
  }

  /// A number of thousandths as a decimal number: microseconds from nanoseconds.
  fileprivate mutating func appendThousandths(_ thousandths: Int) {
    if thousandths < 0 { self += "-" }
    let (whole, rest) = thousandths.magnitude.quotientAndRemainder(dividingBy: 1000)
    self += "\(whole)."
    let digits = "\(rest)"
    self += String(repeating: "0", count: 3 - digits.count) + digits
  }
}
