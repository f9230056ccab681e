import COpenCL

/// An event that the host completes: commands after it wait until it opens.
///
/// A gate that is dropped while closed opens with an error, so that no queue waits for ever.
package final class Gate: Sendable {
  /// What commands wait for.
  package let event: Event

  /// Creates a closed gate.
  package init(context: Context) throws(OpenCLError) {
    var code: Int32 = CL_SUCCESS
    let created = clCreateUserEvent(context.handle.pointer, &code)
    try check("clCreateUserEvent", code)
    event = try Event(adopting: created, from: "clCreateUserEvent")
  }

  deinit {
    // Fails where the gate is open already: that is no error.
    _ = clSetUserEventStatus(event.handle.pointer, -1)
  }

  /// Lets the waiting commands run.
  package func open() throws(OpenCLError) {
    try check("clSetUserEventStatus", clSetUserEventStatus(event.handle.pointer, CL_COMPLETE))
  }

  /// Ends the waiting commands with an error; `code` is negative.
  package func fail(_ code: Int32) throws(OpenCLError) {
    try check("clSetUserEventStatus", clSetUserEventStatus(event.handle.pointer, code))
  }
}
