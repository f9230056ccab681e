import Foundation

/// Writes the shapes of a picture.
struct SVGCanvas {
  static let hiddenColour = "#2f9e6e"
  static let exposedColour = "#e5383b"

  private let width: Double
  private var body = ""

  init(width: Double) { self.width = width }

  /// About how wide a text is, in pixels: fonts differ, so wide rather than narrow.
  static func width(of text: String) -> Double { Double(text.count) * 7 }

  /// Adds another canvas on top.
  mutating func add(_ other: SVGCanvas) { body += other.body }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, colour: String, tip: String? = nil
  ) {
    body += "<rect x=\"\(x.pixels)\" y=\"\(y.pixels)\" width=\"\(width.pixels)\""
    body += " height=\"\(height.pixels)\" fill=\"\(colour)\""
    close("rect", tip)
  }

  mutating func diamond(x: Double, y: Double, colour: String, tip: String) {
    body += "<path d=\"M\(x.pixels) \((y - 7).pixels)l5 7l-5 7l-5 -7z\" fill=\"\(colour)\""
    close("path", tip)
  }

  mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, style: String) {
    body += "<line x1=\"\(x1.pixels)\" y1=\"\(y1.pixels)\" x2=\"\(x2.pixels)\" y2=\"\(y2.pixels)\""
    body += " class=\"\(style)\"/>\n"
  }

  /// Writes a text; one that does not fit is cut, and shows whole where the pointer rests.
  mutating func text(
    _ text: String, x: Double, y: Double, fitting width: Double = .infinity,
    anchor: String = "start", style: String = "plain"
  ) {
    let fits = Self.width(of: text) <= width
    let shown = fits ? text : text.prefix(max(1, Int(width / 7) - 1)) + "…"
    body += "<text x=\"\(x.pixels)\" y=\"\(y.pixels)\" text-anchor=\"\(anchor)\""
    body += " class=\"\(style)\">" + shown.xml
    body += (fits ? "" : "<title>\(text.xml)</title>") + "</text>\n"
  }

  /// The whole file.
  func document(height: Double, title: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width.pixels)" height="\(height.pixels)" \
    viewBox="0 0 \(width.pixels) \(height.pixels)">
    <title>\(title.xml)</title>
    <style>
    text { font: 12px ui-sans-serif, system-ui, "DejaVu Sans", sans-serif; fill: #737b87 }
    .strong { font-weight: 600 }
    .inside { fill: #fff }
    .axis { stroke: #737b87; stroke-width: 1 }
    .border { stroke: #737b87; stroke-width: 1; stroke-dasharray: 3 3 }
    </style>
    \(body)</svg>

    """
  }

  private mutating func close(_ element: String, _ tip: String?) {
    body += tip.map { "><title>\($0.xml)</title></\(element)>\n" } ?? "/>\n"
  }
}

extension Activity {
  /// Computation is blue and green, communication warm.
  var colour: String {
    switch self {
    case .input: "#7d8f2e"
    case .compute: "#3d6cb4"
    case .download: "#c77a1c"
    case .reduce: "#b8502f"
    case .upload: "#a8508c"
    case .update: "#2a8a8a"
    case .decision: "#7d8590"
    case .fault: "#d00000"
    case .audit: "#6a5acd"
    case .checkpoint: "#8a6a48"
    }
  }
}

extension Double {
  /// A coordinate: hundredths of a pixel are enough.
  fileprivate var pixels: String { String(format: "%.6g", (self * 100).rounded() / 100) }
}

extension StringProtocol {
  /// As the content of an element; characters that XML cannot hold become question marks.
  fileprivate var xml: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "\n", "\t": text.unicodeScalars.append(scalar)
      case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": text += "?"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
