// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Progress on a terminal, which is one line.
  @Suite struct TerminalTests {
    /// False in a chroot without /dev/pts.
    private static let hasTerminals = {
      let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
      defer { close(terminal) }
      return terminal >= 0
    }()

    @Test(.enabled(if: hasTerminals))
    func progressIsOneLine() async throws {
      let split = try SampleProgram("split", ["60"])
      let folder = try TemporaryFolder()
      let command =
        "\(Flameback.binary) record -p \(split.pid) -d 3 -F 499 -o \(folder("x.folded"))"
      let script = try ChildProcess(
        "script", ["-qefc", command, "/dev/null"], environment: ["TERM": "xterm"],
        output: folder("terminal"))
      #expect(try await script.waitForExit() == .code(0))
      let text = try folder.text(of: "terminal")
      #expect(text.contains(/\r[^\n]*samples/))
    }

    @Test func elsewhereThereIsNone() async throws {
      let split = try SampleProgram("split", ["60"])
      let run = try await RecordedRun(["-p", "\(split.pid)", "-d", "2", "-F", "499"])
      #expect(!run.result.messages.contains("\r"))
      #expect(!run.result.messages.contains("\u{1b}"))
    }

    @Test(.enabled(if: hasTerminals))
    func binaryDataIsNotWrittenToATerminal() async throws {
      let split = try SampleProgram("split", ["60"])
      let folder = try TemporaryFolder()
      let command = "\(Flameback.binary) record -p \(split.pid) -d 1 -f pprof -o -"
      let script = try ChildProcess(
        "script", ["-qefc", command, "/dev/null"], output: folder("terminal"))
      #expect(try await script.waitForExit() == .code(2))
    }
  }
}
