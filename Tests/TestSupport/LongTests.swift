import Foundation

/// Whether the tests run that take many minutes, most of which drivers spend compiling: CHORUS_LONG_TESTS=1.
package let runsLongTests = ProcessInfo.processInfo.environment["CHORUS_LONG_TESTS"] == "1"
