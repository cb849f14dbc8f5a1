// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// The table of exit codes in docs/command-line.md: cases that no other suite has.
  @Suite struct ExitCodeTests {
    struct Way: Sendable, CustomTestStringConvertible {
      var arguments: [String]
      var shell = "exec \"$0\" \"$@\""
      var exit: Int32
      /// A part of a message; nil if there is no message.
      var says: String?
      /// Whether `x.folded` exists afterwards.
      var writes = false
      var testDescription: String { "\(arguments.joined(separator: " ")) (\(shell))" }
    }

    /// Standard output that is full, and a pipe without a reader.
    private static let isFull = "exec \"$0\" \"$@\" >/dev/full"
    private static let isUnread = "exec 3> >(exec true); wait $!; exec \"$0\" \"$@\" >&3"

    private static let printing = [
      ["--help"], ["help", "record"], ["--version"], ["doctor"], ["doctor", "--json"],
      ["report", "a.folded"], ["report", "a.folded", "--tree"], ["diff", "a.folded", "b.folded"],
    ]

    private static let outputs =
      printing.map {
        Way(arguments: $0, shell: isFull, exit: 5, says: "cannot write standard output")
      }
      + printing.map { Way(arguments: $0, shell: isUnread, exit: 5) }
      + printing.map { Way(arguments: $0, shell: "exec \"$0\" \"$@\" >&-", exit: 0) }
      + [
        Way(
          arguments: ["report", "a.folded", "-o", "-"], shell: isFull, exit: 5,
          says: "cannot write standard output"),
        Way(
          arguments: ["report", "a.folded", "-o", "missing/x.svg"], exit: 5, says: "missing/x.svg"),
        Way(
          arguments: ["diff", "a.folded", "b.folded", "-o", "missing/x.svg"], exit: 5,
          says: "missing/x.svg"),
        Way(
          arguments: ["symbolize", "--obj", SampleProgram.path("split"), "0x1000"], shell: isFull,
          exit: 5, says: "cannot write standard output"),
      ]

    private static let usage = [
      (["report"], "input"), (["diff", "a.folded"], "after"),
      (["diff", "-", "-"], "standard input"), (["symbolize"], "--obj"), (["doctor", "x"], "x"),
      (["help", "nonsense"], "nonsense"), (["help", "record", "more"], "more"),
      (["diff", "a.folded", "b.folded", "-o", "x.folded"], "folded"),
      (["report", "a.folded", "--tree", "-o", "x.folded"], "--tree"),
      (["report", "a.folded", "--include", "("], "--include"),
      (["record", "--"], "-- COMMAND"), (["record", "-a", "--max-loss", "nan"], "--max-loss"),
      (["record", "-a", "--max-cut", "101"], "--max-cut"),
      (["record", "-a", "-u", "no-such-user"], "no-such-user"),
      (["record", "-a", "--btf", "no-such-file"], "no-such-file"),
      (["record", "-a", "--btf", "a.folded"], "neither BTF"),
    ].map { Way(arguments: $0, exit: 2, says: $1) }

    private static let inputs = [
      (["report", "missing"], "missing"), (["report", "a.folded", "missing"], "missing"),
      (["report", "."], "."), (["report", "/dev/zero"], "none of the formats"),
      (["report", "empty"], "empty"), (["report", "-"], "is empty"),
      (["report", "a.folded", "--include", "nothing", "-o", "x.folded"], "no samples"),
      (["diff", "a.folded", "missing"], "missing"),
      (["symbolize", "--obj", "a.folded", "0x1"], "a.folded"),
      (["record", "-a", "-C", "4095"], "4095"),
      (["record", "--comm", "no-such-name", "-d", "0.1"], "0 samples"),
    ].map { Way(arguments: $0, exit: 1, says: $1) }

    /// The codes 3, 4 and 5 replace the command's status; 1 and 6 only if it is 0.
    private static let commands = [
      command([], "kill -9 $$", 137, nil, writes: true),
      command(["--ignore-exit-code"], "exit 3", 0, nil, writes: true),
      command(["--ignore-exit-code"], "kill -9 $$", 0, nil, writes: true),
      command(["--stats", "/dev/full"], "exit 3", 5, "/dev/full", writes: true),
      command(["--max-stacks", "2"], "exit 0", 6, "--max-loss", writes: true),
      command(["--max-stacks", "2", "-q"], "exit 0", 6, "--max-loss", writes: true),
      command(["--max-stacks", "2", "--max-loss", "100"], "exit 0", 0, nil, writes: true),
      command(["--max-stacks", "2"], "exit 3", 3, "--max-loss", writes: true),
      command(
        ["--max-stacks", "2", "--ignore-exit-code"], "exit 3", 6, "--max-loss", writes: true),
      // Nearly every stack has more than one frame.
      command(["--max-depth", "1"], "exit 0", 0, "WARNING", writes: true),
      command(["--max-depth", "1", "--max-cut", "20"], "exit 0", 6, "--max-cut", writes: true),
      command(
        ["--max-depth", "1", "--max-cut", "20", "-q"], "exit 0", 6, "--max-cut", writes: true),
      command(["--max-depth", "1", "--max-cut", "100"], "exit 0", 0, "WARNING", writes: true),
      command(["--max-depth", "1", "--max-cut", "20"], "exit 3", 3, "--max-cut", writes: true),
      Way(
        arguments: ["record", "-F", "1", "--", "sh", "-c", "exit 7"], exit: 7, says: "0 samples"),
      Way(
        arguments: ["record", "-F", "1", "--ignore-exit-code", "--", "sh", "-c", "exit 7"], exit: 1,
        says: "0 samples"),
    ]

    /// A command that uses CPU time in several stacks.
    private static func command(
      _ options: [String], _ end: String, _ exit: Int32, _ says: String?, writes: Bool
    ) -> Way {
      Way(
        arguments: ["record", "-F", "999", "-o", "x.folded"] + options + [
          "--", "sh", "-c", "\(SampleProgram.path("split")) 0.3; \(end)",
        ], exit: exit, says: says, writes: writes)
    }

    @Test(arguments: outputs + usage + inputs + commands)
    func ends(way: Way) async throws {
      let folder = try TemporaryFolder()
      for (name, content) in [("a", "m;a 5\n"), ("b", "m;b 5\n")] {
        try content.write(toFile: folder("\(name).folded"), atomically: false, encoding: .utf8)
      }
      try "".write(toFile: folder("empty"), atomically: false, encoding: .utf8)
      let result = try await Flameback.run(
        way.arguments, prefix: ["bash", "-c", way.shell], in: folder.path)
      #expect(result.exit == .code(way.exit), "\(result)")
      if let says = way.says {
        #expect(result.messages.contains("flameback: "), "\(result)")
        #expect(result.messages.contains(says), "\(result)")
      } else if !way.writes {
        #expect(result.messages.isEmpty, "\(result)")
      }
      #expect(FileManager.default.fileExists(atPath: folder("x.folded")) == way.writes)
    }

    /// A Ctrl-C on a terminal, which the command gets, too: it ends by the signal, or handles it.
    @Test(
      .enabled(if: access("/dev/ptmx", R_OK | W_OK) == 0),
      arguments: [("-", 0), ("exit 130", 0), ("exit 3", 3)] as [(String, Int32)])
    func anInterruptedCommand(trap: String, exit: Int32) async throws {
      let folder = try TemporaryFolder()
      let command = "trap \(trap == "-" ? "-" : "'\(trap)'") INT; : >ready; while :; do :; done"
      try """
      exec \(Flameback.binary) record -F 999 -o x.folded -- bash -c "\(command)"
      """.write(toFile: folder("run"), atomically: false, encoding: .utf8)
      let type = "until [ -e ready ] && sleep 0.1; do sleep 0.1; done; printf '\\003'"
      let script = try ChildProcess(
        "bash", ["-c", "(\(type)) | script -qefc '. ./run' /dev/null"], folder: folder.path)
      #expect(try await script.waitForExit() == .code(exit))
      #expect(FileManager.default.fileExists(atPath: folder("x.folded")))
    }

    /// Paths that are not valid UTF-8 are refused: with replacements they would be other paths.
    @Test(arguments: ["record -a -o \"$bad\".folded", "report \"$bad\"", "\"$bad\""])
    func wordsThatAreNoText(words: String) async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        [], prefix: ["bash", "-c", "bad=$'x\\xff'; exec \"$0\" \(words)"], in: folder.path)
      #expect(result.exit == .code(2), "\(result)")
      #expect(result.messages.contains("x\u{fffd}"), "\(result)")
      #expect(try folder.contents == [])
    }

    /// A current folder that was removed is an error before anything is sampled.
    @Test func aFolderThatIsGone() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["record", "--", SampleProgram.path("split"), "60"],
        prefix: ["sh", "-c", "mkdir gone; cd gone; rmdir ../gone; exec \"$0\" \"$@\""],
        in: folder.path)
      #expect(result.exit == .code(5), "\(result)")
      #expect(result.messages.contains("No such file or directory"), "\(result)")
    }

    @Test func nohupGoesOn() async throws {
      let split = try SampleProgram("split", ["60"])
      let folder = try TemporaryFolder()
      let flameback = try Flameback(
        [
          "record", "-p", "\(split.pid)", "-d", "1", "-o", folder("x.folded"), "--stats",
          folder("s"),
        ],
        prefix: ["nohup"])
      try await flameback.isSampling()
      flameback.child.send(SIGHUP)
      #expect(try await flameback.finish().exit == .code(0))
      let statistics = try Statistics(Data(contentsOf: URL(filePath: folder("s"))))
      #expect(try statistics.number("duration_s") >= 1)
    }
  }
}
