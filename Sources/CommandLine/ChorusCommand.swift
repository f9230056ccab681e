import ArgumentParser
import Chorus
import Foundation

/// The program `chorus`.
@main
struct ChorusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chorus",
    abstract: "Trains neural networks on every OpenCL device of this host at once.",
    discussion: """
      Any vendor, any mix, GPUs and CPUs together; and the same bits whatever the devices: the trained \
      weights of a recipe, its data and its seed have one SHA-256 on every host.

      Begin with `chorus devices`, then `chorus train`.
      """,
    version: ChorusVersion.text,
    subcommands: [
      Devices.self, Train.self, SummaryCommand.self, Sample.self, Bench.self, Tune.self,
      Trace.self, Simulate.self, ReplicaCommand.self, CompileCommand.self,
    ])

  /// Runs a command; a user's mistake exits with 2, a failure with 1.
  static func main() {
    // A closed pipe or a full disk is an error of the call that meets it, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
      leave(0)
    } catch let error as CommandFailure {
      Console.error(error.message)
      leave(error.status)
    } catch TrainingError.invalidConfiguration(let problem) {
      Console.error(problem)
      leave(2)
    } catch let error where isMistake(error) {
      Console.error("\(error)")
      leave(2)
    } catch let error where isUsage(error) {
      let text = fullMessage(for: error)
      guard exitCode(for: error).isSuccess else {
        Console.error(text, prefix: "")
        leave(2)
      }
      Console.print(text)
      leave(0)
    } catch {
      Console.error("\(error)")
      leave(1)
    }
  }

  /// Ends the process without the destructors of drivers: those of Intel's and PoCL's abort where a thread of theirs is
  /// still at work, as after a call that never returned. All files are written and closed by then.
  private static func leave(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
  }

  /// Whether the recipe or the data is at fault: the error says what to change.
  private static func isMistake(_ error: any Error) -> Bool {
    error is RecipeError || error is DatasetError || error is GraphError
      || error is WeightsError
  }

  /// Whether the argument parser made the error: help, version, or arguments that it cannot take.
  private static func isUsage(_ error: any Error) -> Bool {
    let code = exitCode(for: error)
    return code.isSuccess || code == .validationFailure
  }
}

/// A failure with its own exit status.
struct CommandFailure: Error {
  let message: String
  let status: Int32

  /// What the user asked for cannot be: status 2.
  static func usage(_ message: String) -> CommandFailure {
    CommandFailure(message: message, status: 2)
  }

  /// The run failed: status 1.
  static func failed(_ message: String) -> CommandFailure {
    CommandFailure(message: message, status: 1)
  }
}
