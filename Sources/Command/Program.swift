// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import ProfileModel
import Sampling
import Symbolization
import System

/// The command with its subcommands. `flameback -p PID` means `flameback record -p PID`.
struct Flameback: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flameback",
    abstract: "A CPU profiler for Linux: from a running program to a flame graph.",
    usage: """
      flameback record -p PID -d 30 -o flame.svg
      flameback record -a -d 10 -o profile.pb.gz
      flameback record -o flame.svg -- COMMAND ARGUMENT…
      flameback report stacks.folded -o flame.html
      flameback diff before.svg after.svg -o diff.svg
      flameback doctor
      """,
    discussion: """
      Sampling needs root, or CAP_BPF and CAP_PERFMON. `flameback help record` lists the options, \
      with examples.
      """,
    version: "flameback \(version)",
    subcommands: [
      RecordCommand.self, ReportCommand.self, DiffCommand.self, SymbolizeCommand.self,
      DoctorCommand.self,
    ],
    defaultSubcommand: RecordCommand.self)

  static let version = "0.1.0"
}

/// The program, which a thin `main` runs: that of the shipped binary, and that of the tests' own one.
package enum Program {
  /// Runs the command that the process's arguments say, and exits.
  ///
  /// - Parameter switches: What tests change; by default nothing, and so in the shipped binary.
  package static func run(_ switches: TestSwitches = TestSwitches()) -> Never {
    // First of all: the processes that read untrusted files and that fetch debug files are this
    // same binary, and have no command line.
    WorkerService.runIfStartedAsWorker(prepare: switches.prepareWorker)
    DebugFileFetcher.runIfStartedAsFetcher()
    StandardStreams.secure()
    // Makes a closed pipe, and a file that exceeds RLIMIT_FSIZE, an error of write(2) instead of a
    // signal that ends the process.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do throws(Failure) {
      try runCommand(switches)
      exit(ExitCode.success.rawValue)
    } catch {
      if let sentence = error.sentence { StandardStreams.say("flameback: \(sentence)") }
      exit(error.exitCode)
    }
  }

  private static func runCommand(_ switches: TestSwitches) throws(Failure) {
    do {
      try checkHelp()
      var command = try parsed()
      try RawArguments.checkAll(butLast: (command as? RecordCommand)?.command.count ?? 0)
      // Capabilities on the binary are granted for sampling. Without this, `report` would read
      // files that the user may not read.
      if geteuid() != 0, !(command is RecordCommand || command is DoctorCommand) {
        let namesKernel = (command as? SymbolizeCommand)?.kernel == true
        do throws(SystemError) {
          try Capability.keep(namesKernel ? Capability.forKernelNames : [])
        } catch {
          throw Words.rightsKept(error)
        }
      }
      if let record = command as? RecordCommand {
        try record.run(switches)
      } else {
        try command.run()
      }
    } catch let failure as Failure {
      throw failure
    } catch {
      try answerParser(error)
    }
  }

  /// Parses the command line. `record` is parsed alone if that succeeds: as one of several commands, the
  /// parser makes the list of its options four times, which takes a few milliseconds. What is not
  /// accepted is parsed as a whole, for the message.
  private static func parsed() throws -> any ParsableCommand {
    let words = CommandLine.arguments.dropFirst()
    if words.first == "record", let command = try? RecordCommand.parse(Array(words.dropFirst())) {
      return command
    }
    return try Flameback.parseAsRoot()
  }

  /// Refuses `help` for commands that do not exist, which the parser's own `help` command accepts.
  private static func checkHelp() throws(Failure) {
    let words = CommandLine.arguments.dropFirst()
    guard words.first == "help" else { return }
    let commands = Flameback.configuration.subcommands.compactMap { $0.configuration.commandName }
    let asked = words.dropFirst().filter { !$0.hasPrefix("-") }
    let unknown = asked.first { !(commands + ["help"]).contains($0) }
    guard let wrong = unknown ?? asked.dropFirst().first else { return }
    throw .usage("no command \(VisibleText.of(wrong)) (see flameback help)")
  }

  /// Prints help and version on standard output; turns a parsing error into a message of one line.
  private static func answerParser(_ error: any Error) throws(Failure) {
    if Flameback.exitCode(for: error) == .success {
      return try StandardStreams.print(Flameback.fullMessage(for: error) + "\n")
    }
    let message = Flameback.message(for: error).split(separator: "\n").joined(separator: " ")
    let hint = OptionsOfOtherTools.advice(for: message) ?? "see flameback help"
    throw .usage("\(VisibleText.of(message)) (\(hint))")
  }
}
