// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// samples/jitlisted: code made at run time, which a perf map or a jitdump lists.
  @Suite struct JITFilesTests {
    /// Of the samples in the code, all have its name; a few are taken while the clock is read. How many
    /// samples there are before that depends on how busy the machine is.
    private func expectNamed(_ run: RecordedRun) {
      let inCode = run.folded.count(of: "via_code")
      expectMost(run.folded.count(ofPath: ["via_code", "new_code"]), of: inCode, atLeast: 0.95)
      expectMost(
        inCode, of: run.folded.samples { $0.comm == "jitlisted" } - run.folded.pending(),
        atLeast: 0.7)
      #expect(run.folded.count(of: "old_code") == 0)
    }

    /// `-d` ends the command, which then writes its map.
    @Test func aMapThatTheCommandWritesAtItsEnd() async throws {
      let run = try await RecordedRun(
        ["-F", "999", "-d", "1", "--", SampleProgram.path("jitlisted"), "map", "60"])
      unlink("/tmp/perf-\(Int(try run.printed.number("pid"))).map")
      expectNamed(run)
    }

    /// With `--keep` it runs on, and there is no map.
    @Test func aCommandThatIsKept() async throws {
      let run = try await RecordedRun([
        "-F", "999", "-d", "1", "--keep", "--", SampleProgram.path("jitlisted"), "map", "60",
      ])
      let pid = pid_t(try run.printed.number("pid"))
      #expect(kill(pid, SIGKILL) == 0)
      #expect(run.folded.count(of: "new_code") == 0)
      let unnamed = run.folded.count(ofPath: ["via_code", "[anonymous]"])
      expectMost(unnamed, of: run.folded.count(of: "via_code"), atLeast: 0.95)
    }

    @Test func aJITDump() async throws {
      let folder = try TemporaryFolder()
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("jitlisted"), "dump", "1", folder.path,
      ])
      expectNamed(run)
    }

    /// A user shows a file of root's at the path of his perf map, in a mount namespace of his own. Its lines
    /// come into the profile only if he may read them.
    @Test(arguments: [(0o600, false), (0o644, true)] as [(mode_t, Bool)])
    func aFileOfRootInAMountNamespace(mode: mode_t, isShown: Bool) async throws {
      let folder = try TemporaryFolder()
      let log = try folder.file("log", "0 7fffffffffff secret_line\n")
      #expect(chmod(log, mode) == 0)
      // Where every user may run it.
      try FileManager.default.copyItem(
        atPath: SampleProgram.path("jitlisted"), toPath: folder("program"))
      let script = """
        : > /tmp/perf-$$.map && mount --bind \(log) /tmp/perf-$$.map && \
        exec \(folder("program")) map 60
        """
      let program = try SampleProgram(
        path: "setpriv",
        [
          "--reuid=12345", "--regid=12345", "--clear-groups", "unshare", "--map-root-user",
          "--mount", "sh", "-c", script,
        ])
      let pid = try await eventually("it runs") { program.printed["pid"].map { pid_t($0) } }
      defer { unlink("/tmp/perf-\(pid).map") }
      // Written since the process began.
      #expect(utimes(log, nil) == 0)
      let run = try await RecordedRun(["-p", "\(pid)", "-F", "999"]) {
        try await burns(pid, 300_000_000)
      }
      #expect(run.folded.count(of: "via_code") > 0)
      #expect((run.folded.count(of: "secret_line") > 0) == isShown)
    }

    /// The times in its jitdump are those of its own clock: ahead of the machine's, or behind it.
    @Test(arguments: ["100000", "-100"]) func aTimeNamespace(ahead: String) async throws {
      let folder = try TemporaryFolder()
      let outer = try SampleProgram(
        path: "unshare",
        [
          "--time", "--monotonic", ahead, "--fork", "--kill-child", SampleProgram.path("jitlisted"),
          "dump", "60", folder.path,
        ])
      let pid = try await eventually("it runs") { outer.printed["pid"].map { pid_t($0) } }
      expectNamed(
        try await RecordedRun(["-p", "\(pid)", "-F", "999"]) { try await burns(pid, 300_000_000) })
    }

    /// As above, of a command that `-d` ends.
    @Test func aCommandInATimeNamespace() async throws {
      let folder = try TemporaryFolder()
      let run = try await RecordedRun([
        "-F", "999", "-d", "1", "--", "unshare", "--time", "--monotonic", "100000", "--fork",
        "--kill-child", SampleProgram.path("jitlisted"), "dump", "60", folder.path,
      ])
      expectNamed(run)
    }
  }
}
