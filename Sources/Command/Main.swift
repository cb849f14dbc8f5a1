// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import ProfileModel
import Sampling
import Symbolization

/// The command and its subcommands; `flameback -p PID` means `flameback record -p PID`.
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
      Sampling needs root, or CAP_BPF and CAP_PERFMON. `flameback help record` tells the options \
      and shows examples.
      """,
    version: "flameback \(version)",
    subcommands: [
      RecordCommand.self, ReportCommand.self, DiffCommand.self, SymbolizeCommand.self,
      DoctorCommand.self,
    ],
    defaultSubcommand: RecordCommand.self)

  static let version = "0.1.0"
}

@main
enum Main {
  static func main() {
    // Before anything else: a worker has nothing to do with the command line.
    WorkerService.runIfStartedAsWorker()
    DebugFileFetcher.runIfStartedAsFetcher()
    StandardStreams.secure()
    // A reader that closes its pipe is an error of that write, not the end of us.
    // So is a file that grows above its limit.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do throws(Failure) {
      try run()
      exit(ExitCode.success.rawValue)
    } catch {
      if let sentence = error.sentence { StandardStreams.say("flameback: \(sentence)") }
      exit(error.exitCode)
    }
  }

  private static func run() throws(Failure) {
    do {
      try checkHelp()
      var command = try Flameback.parseAsRoot()
      try RawArguments.checkAll(butLast: (command as? RecordCommand)?.command.count ?? 0)
      // Capabilities that were given are for sampling, not for reading other people's files.
      if geteuid() != 0, !(command is RecordCommand || command is DoctorCommand) {
        Capability.keep([])
      }
      try command.run()
    } catch let failure as Failure {
      throw failure
    } catch {
      try answerParser(error)
    }
  }

  /// The parser's own `help` answers to anything.
  private static func checkHelp() throws(Failure) {
    let words = CommandLine.arguments.dropFirst()
    guard words.first == "help" else { return }
    let commands = Flameback.configuration.subcommands.compactMap { $0.configuration.commandName }
    let asked = words.dropFirst().filter { !$0.hasPrefix("-") }
    let unknown = asked.first { !(commands + ["help"]).contains($0) }
    guard let wrong = unknown ?? asked.dropFirst().first else { return }
    throw .usage("no command \(VisibleText.of(wrong)) (see flameback help)")
  }

  /// Help and version go to standard output; what was typed wrongly is told in one line.
  private static func answerParser(_ error: any Error) throws(Failure) {
    if Flameback.exitCode(for: error) == .success {
      return try StandardStreams.print(Flameback.fullMessage(for: error) + "\n")
    }
    let message = Flameback.message(for: error).split(separator: "\n").joined(separator: " ")
    let hint = ForeignOptions.answer(to: message) ?? "see flameback help"
    throw .usage("\(VisibleText.of(message)) (\(hint))")
  }
}
