// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// `-- CMD`: how the command is started, what is sampled of it, and how it ends.
  @Suite struct CommandTests {
    @Test func countsFromExecOn() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("split"), "0.5"])
      #expect(run.folded.comms == ["split"])
      #expect(run.picture.functions.allSatisfy { $0.module != "flameback" })
      #expect(run.pprof.mappings.values.allSatisfy { !$0.file.hasSuffix("/flameback") })
    }

    @Test func itsArgumentsAndOutputAreItsOwn() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run([
        "record", "-q", "-F", "999", "-o", folder("x.svg"), "--", "sh", "-c",
        "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo \"$1\" \"$2\" -d", "sh", "a  b",
        "--help",
      ])
      #expect(result.exit == .code(0))
      #expect(result.output == "a  b --help -d\n")
    }

    /// Arguments and the path are passed on byte by byte.
    @Test func argumentsNeedNotBeUTF8() async throws {
      let folder = try TemporaryFolder()
      let script = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; printf %s \\\"\\$1\\\""
      let result = try await Flameback.run(
        [],
        prefix: [
          "bash", "-c",
          """
          printf '#!/bin/sh\\n%s\\n' "\(script)" >$'c\\xff'; chmod +x $'c\\xff'
          exec "$0" record -q -F 999 -o x.folded -- ./$'c\\xff' $'a\\xfe' | od -An -tx1
          """,
        ], in: folder.path)
      #expect(result.output == " 61 fe\n", "\(result)")
    }

    /// The command gets the three standard streams and no other descriptor of ours.
    @Test func itInheritsNoDescriptors() async throws {
      let folder = try TemporaryFolder()
      let script = """
        import os, time
        end = time.process_time() + 0.1
        while time.process_time() < end: pass
        for number in os.listdir("/proc/self/fd"):
            try: print(number, os.readlink("/proc/self/fd/" + number))
            except FileNotFoundError: pass  # that of listdir
        """
      // What the test itself has inherited is passed on by flameback, as any program does.
      let closing = "import os, sys; os.closerange(3, 4096); os.execv(sys.argv[1], sys.argv[1:])"
      let result = try await Flameback.run(
        [
          "record", "-q", "-F", "999", "-o", folder("x.svg"), "--", "/usr/bin/python3", "-c",
          script,
        ],
        prefix: ["/usr/bin/python3", "-c", closing])
      let numbers = result.output.split(separator: "\n").compactMap {
        $0.split(separator: " ").first
      }
      #expect(result.exit == .code(0) && numbers == ["0", "1", "2"], "\(result)")
    }

    /// The command inherits no ignored SIGPIPE, no blocked signals and no raised limit of open files.
    @Test func itStartsAsWithoutUs() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run([
        "record", "-q", "-F", "999", "-o", folder("x.svg"), "--", "sh", "-c",
        "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; ulimit -Sn; "
          + "grep -E '^Sig(Blk|Ign)' /proc/self/status",
      ])
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      let lines = result.output.split(separator: "\n")
      #expect(lines.first == "\(limit.rlim_cur)")
      let sets = lines.dropFirst().compactMap { line in
        line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
      }
      #expect(sets.count == 2)
      for set in sets {
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { #expect(set >> (signal - 1) & 1 == 0) }
      }
    }

    @Test(arguments: [0, 1, 3, 77, 255] as [Int32])
    func itsStatusIsPassedThrough(status: Int32) async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run([
        "record", "-F", "999", "-o", folder("x.folded"), "--", "sh", "-c",
        "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exit \(status)",
      ])
      #expect(result.exit == .code(status), "\(result)")
      #expect(try FoldedStacks(folder.text(of: "x.folded")).total > 0)
    }

    @Test func aCommandThatDoesNotExist() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["record", "--", "no-such-command-anywhere"], in: folder.path)
      #expect(result.exit == .code(127))
      #expect(result.messages.contains("no-such-command-anywhere"))
      #expect(try folder.contents == [])
    }

    @Test func aCommandThatCannotBeExecuted() async throws {
      let folder = try TemporaryFolder()
      try "text".write(toFile: folder("plain"), atomically: false, encoding: .utf8)
      chmod(folder("plain"), 0o644)
      let result = try await Flameback.run(["record", "--", folder("plain")], in: folder.path)
      #expect(result.exit == .code(126))
      #expect(result.messages.contains("plain"))
      #expect(try folder.contents == ["plain"])
    }

    /// The interpreter of a script is missing: that is not reported as a missing command.
    @Test func aCommandWithoutItsInterpreter() async throws {
      let folder = try TemporaryFolder()
      try "#!/no/such/program\n".write(toFile: folder("script"), atomically: false, encoding: .utf8)
      chmod(folder("script"), 0o755)
      let result = try await Flameback.run(["record", "--", folder("script")], in: folder.path)
      #expect(result.exit == .code(126), "\(result)")
      #expect(result.messages.contains("first line"), "\(result)")
      #expect(try folder.contents == ["script"])
    }

    /// A command that ends before the first sample: no file, and a message.
    @Test func aCommandThatEndsAtOnce() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(["record", "-F", "1", "--", "true"], in: folder.path)
      #expect(result.exit == .code(1), "\(result)")
      #expect(oneLine(of: result.messages, with: "sample"))
      #expect(try folder.contents == [])
      let failing = try await Flameback.run(["record", "-F", "1", "--", "false"], in: folder.path)
      #expect(failing.exit == .code(1))
    }

    @Test func aDurationEndsTheCommand() async throws {
      let folder = try TemporaryFolder()
      let pidFile = folder("pid")
      let result = try await Flameback.run([
        "record", "-F", "999", "-d", "1", "-o", folder("x.folded"), "--", "sh", "-c",
        "echo $$ > \(pidFile); exec \(SampleProgram.path("split")) 600",
      ])
      #expect(result.exit == .code(0), "\(result)")
      let pid = try #require(Int32(try folder.text(of: "pid").dropLast()))
      try await eventually("the command has ended") { kill(pid, 0) == -1 && errno == ESRCH }
      let folded = try FoldedStacks(folder.text(of: "x.folded"))
      expectMost(folded.count(of: "path_a"), of: folded.total, atLeast: 0.4)
    }

    /// Ctrl-C on a terminal reaches both: the command ends by it, and the output is written.
    @Test func aSignalToBoth() async throws {
      let folder = try TemporaryFolder()
      let flameback = try Flameback(
        ["record", "-F", "999"] + RecordedRun.outputArguments(in: folder) + [
          "--", SampleProgram.path("split"), "600",
        ])
      try await flameback.isSampling()
      try await burns(childOf: flameback)
      flameback.child.sendToGroup(SIGINT)
      let run = try await RecordedRun(flameback, folder)
      #expect(run.folded.count(of: "path_a") > 0)
    }

    /// Waits until the started command has used some CPU time.
    private func burns(childOf flameback: Flameback) async throws {
      try await eventually("the command burns") {
        let children = "/proc/\(flameback.pid)/task/\(flameback.pid)/children"
        guard let text = try? String(contentsOfFile: children, encoding: .utf8) else {
          return false
        }
        return text.split(separator: " ").contains { child in
          let schedule = try? String(contentsOfFile: "/proc/\(child)/schedstat", encoding: .utf8)
          let nanoseconds = schedule?.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
          let name = try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8)
          return name == "split\n" && nanoseconds > 200_000_000
        }
      }
    }
  }
}
