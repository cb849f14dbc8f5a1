// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Manual pages and completions that `make install` installs have all commands and options.
  @Suite struct InstallTests {
    @Test func manualAndCompletionsAreCurrent() async throws {
      let folder = try TemporaryFolder()
      let make = try ChildProcess(
        "make", ["install", "DESTDIR=\(folder.path)", "PREFIX=/usr"], folder: Flameback.package)
      try #require(try await make.waitForExit() == .code(0))

      let share = "usr/share"
      let bash = try folder.text(of: "\(share)/bash-completion/completions/flameback")
      let zsh = try folder.text(of: "\(share)/zsh/site-functions/_flameback")
      let fish = try folder.text(of: "\(share)/fish/vendor_completions.d/flameback.fish")
      #expect(zsh.hasPrefix("#compdef flameback"))
      for command in try await commands() {
        let name = (["flameback"] + command.path).joined(separator: "-")
        let page = try await manual(folder("\(share)/man/man1/\(name).1.gz"))
        #expect(page.contains(".SH SYNOPSIS") && page.contains("flameback"), "\(name)")
        for option in command.options {
          let bold = "\\fB\(option.replacing("-", with: "\\-"))\\fR"
          #expect(page.contains(bold), "\(name) \(option)")
          let bare = option.drop { $0 == "-" }
          #expect(bash.contains(option) && zsh.contains(option), "\(option)")
          #expect(
            fish.contains("-l '\(bare)'") || fish.contains("-s '\(bare)'"), "\(option) in fish")
        }
      }
    }

    /// A shell and the file that it reads. `make test` installs all three.
    struct Completions: Sendable, CustomTestStringConvertible {
      var shell: String
      var file: String
      var testDescription: String { shell }
    }

    @Test(arguments: [
      Completions(shell: "bash", file: "bash-completion/completions/flameback"),
      Completions(shell: "zsh", file: "zsh/site-functions/_flameback"),
      Completions(shell: "fish", file: "fish/vendor_completions.d/flameback.fish"),
    ])
    func aShellReadsItsCompletions(completions: Completions) async throws {
      let (shell, file) = (completions.shell, completions.file)
      let folder = try TemporaryFolder()
      let make = try ChildProcess(
        "make", ["install", "DESTDIR=\(folder.path)", "PREFIX=/usr"], folder: Flameback.package)
      try #require(try await make.waitForExit() == .code(0))
      let check = try ChildProcess(shell, ["-n", folder("usr/share/\(file)")])
      #expect(try await check.waitForExit() == .code(0))
    }

    private struct Command {
      var path: [String]
      /// `-p`, `--pid`
      var options: [String]
    }

    /// All commands, as the program describes them.
    private func commands() async throws -> [Command] {
      let help = try await Flameback.run(["--experimental-dump-help"])
      let description = try JSONSerialization.jsonObject(with: Data(help.output.utf8))
      let root = try #require((description as? [String: Any])?["command"] as? [String: Any])
      let subcommands = root["subcommands"] as? [[String: Any]] ?? []
      return [Command(path: [], options: options(of: root))]
        + subcommands.compactMap { command in
          guard let name = command["commandName"] as? String, name != "help" else { return nil }
          return Command(path: [name], options: options(of: command))
        }
    }

    private func options(of command: [String: Any]) -> [String] {
      let arguments = command["arguments"] as? [[String: Any]] ?? []
      return arguments.filter { $0["shouldDisplay"] as? Bool == true }.flatMap { argument in
        (argument["names"] as? [[String: String]] ?? []).map {
          ($0["kind"] == "short" ? "-" : "--") + ($0["name"] ?? "")
        }
      }
    }

    private func manual(_ path: String) async throws -> String {
      let folder = try TemporaryFolder()
      let gzip = try ChildProcess("gzip", ["-dc", path], output: folder("page"))
      try #require(try await gzip.waitForExit() == .code(0), "\(path)")
      return try folder.text(of: "page")
    }
  }
}
