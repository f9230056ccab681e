/// Hands notices on to whoever listens now.
final class Notices {
  var handler: (Notice) -> Void = { _ in }

  func notify(_ notice: Notice) { handler(notice) }
}
