// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// `-t`, `--comm`, `--cgroup`, `-u`, `-C`, `--no-inherit`: only what matches is sampled, with whole stacks.
  @Suite struct TargetFilterTests {
    @Test func oneThread() async throws {
      let program = try SampleProgram("threads", ["60"])
      let id = try await eventually("a thread") { try thread(of: program.pid, named: "beta-30") }
      let run = try await RecordedRun(["-t", "\(id)", "-F", "999"]) {
        try await burns(id, 300_000_000)
      }
      #expect(run.folded.comms == ["beta-30"])
      #expect(Set(run.pprof.samples.map { $0.labels["tid"] }) == ["\(id)"])
      expectWhole(run)
    }

    /// The end of a thread ends the run, even if its process lives on.
    @Test func theThreadsExitEndsTheRun() async throws {
      let program = try SampleProgram("threads", ["2"])
      let id = try await eventually("a thread") { try thread(of: program.pid, named: "gamma-20") }
      let run = try await RecordedRun(["-t", "\(id)", "-F", "499", "-d", "300"])
      #expect(try run.statistics.number("duration_s") < 60)
      #expect(run.folded.comms == ["gamma-20"])
    }

    /// The name of a process matches all its threads, a thread's own name only that thread.
    @Test(arguments: [("thr[de]ads", 3), ("alpha-*", 1)])
    func names(pattern: String, threads: Int) async throws {
      let program = try SampleProgram("threads", ["60"])
      let other = try SampleProgram("split", ["60"])
      let ids = try await eventually("threads") {
        let ids = try ["alpha-50", "gamma-20"].compactMap { try thread(of: program.pid, named: $0) }
        return ids.count == 2 ? ids : nil
      }
      let run = try await RecordedRun(["--comm", pattern, "-F", "999"]) {
        for id in ids { try await burns(id, 50_000_000) }
      }
      #expect(run.folded.comms.count == threads)
      #expect(run.folded.comms.contains("alpha-50"))
      // The same program may run elsewhere on the machine.
      let processes = Set(run.pprof.samples.compactMap { $0.labels["pid"] })
      #expect(processes.contains("\(program.pid)") && !processes.contains("\(other.pid)"))
    }

    /// A program that matches is started during the recording, by a shell that does not match.
    @Test func aProgramThatComesLater() async throws {
      let folder = try TemporaryFolder()
      let name = try folder.copy(of: SampleProgram.path("split"), as: "matched")
      let run = try await RecordedRun([
        "--comm", "matched", "-F", "999", "--", "sh", "-c",
        "\(SampleProgram.path("recursion")) 0.5 >/dev/null; \(name) 1 >/dev/null; exit 0",
      ])
      #expect(run.folded.comms == ["matched"])
      expectMost(run.folded.count { $0.hasPrefix("path_") }, of: run.folded.total, atLeast: 0.95)
    }

    /// Cgroups of version 2, and of version 1 where the machine has a hierarchy.
    @Test(arguments: CgroupFolder.roots())
    func cgroups(root: String) async throws {
      let group = try CgroupFolder(in: root)
      let inside = try SampleProgram("split", ["60"])
      let outside = try SampleProgram("recursion", ["60"])
      try group.take(inside.pid, in: "below")
      let run = try await RecordedRun(["--cgroup", group.path, "-F", "999"]) {
        try await inside.burns(500_000_000)
      }
      #expect(Set(run.pprof.samples.map { $0.labels["pid"] }) == ["\(inside.pid)"])
      expectWhole(run)

      // A process that is moved into it during the recording is named, too.
      let second = try await RecordedRun(["--cgroup", group.path + "/below", "-F", "999"]) {
        try group.take(outside.pid, in: "below")
        try await outside.burns(500_000_000)
        try await inside.burns(50_000_000)
      }
      #expect(
        Set(second.pprof.samples.map { $0.labels["pid"] }) == ["\(inside.pid)", "\(outside.pid)"])
      let later = second.folded.samples { $0.comm == "recursion" }
      let pending = second.folded.pending { $0.comm == "recursion" }
      #expect(later > 300 && Double(pending) < 0.2 * Double(later), "\(pending) of \(later)")
      expectMost(second.folded.count(of: "burn_at_leaf"), of: later - pending, atLeast: 0.95)
    }

    @Test func users() async throws {
      let folder = try TemporaryFolder()
      let split = try folder.copy(of: SampleProgram.path("split"), as: "split")
      let nobodys = try ChildProcess(
        "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", split, "60"])
      let ours = try SampleProgram("recursion", ["60"])
      for user in ["nobody", "65534"] {
        let run = try await RecordedRun(["-u", user, "-F", "999"]) {
          try await nobodys.burns(400_000_000)
        }
        // The machine may run other processes of this user.
        #expect(!run.folded.comms.contains("recursion"), "\(user)")
        let theirs = run.folded.lines.filter { $0.comm == "split" }
        let total = theirs.reduce(0) { $0 + $1.count }
        let inMain = theirs.filter { $0.frames.contains("main") }.reduce(0) { $0 + $1.count }
        let pending = run.folded.pending { $0.comm == "split" }
        #expect(total > 200 && Double(pending) < 0.2 * Double(total), "\(pending) of \(total)")
        expectMost(inMain, of: total - pending, atLeast: 0.95)
      }
      _ = (nobodys.pid, ours.pid)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1)) func cpus() async throws {
      // One process on the sampled CPU and one on another.
      let busy = try ["1", "0"].map { cpu in
        try ChildProcess("taskset", ["-c", cpu, SampleProgram.path("split"), "60"])
      }
      let pids = busy.map { "\($0.pid)" }.joined(separator: ",")
      let run = try await RecordedRun(["-p", pids, "-C", "1", "-F", "999"]) {
        for process in busy { try await process.burns(200_000_000) }
      }
      #expect(Set(run.pprof.samples.map { $0.labels["pid"] }) == ["\(busy[0].pid)"])
      // Of one CPU, not of all.
      let duration = try run.statistics.number("duration_s")
      #expect(try run.statistics.number("samples.fired") < 1.1 * 999 * duration)
      #expect(run.result.messages.contains(": CPU 1 in"))
    }

    @Test func withoutChildren() async throws {
      let family = try SampleProgram("forker", ["60"])
      let first = try await eventually("a child") { family.printed["first"].map { pid_t($0) } }
      let folder = try TemporaryFolder()
      let none = try await Flameback.run(
        [
          "record", "-p", "\(family.pid)", "--no-inherit", "-F", "999", "-d", "1", "-o", "x.folded",
        ],
        in: folder.path)
      // The parent waits most of the time, and may have no samples.
      if none.exit == .code(0) {
        #expect(try FoldedStacks(folder.text(of: "x.folded")).count(of: "burn_early") == 0)
      } else {
        #expect(none.exit == .code(1), "\(none)")
      }
      let child = try await RecordedRun(["-p", "\(first)", "--no-inherit", "-F", "999"]) {
        try await burns(first, 300_000_000)
      }
      #expect(child.folded.count(of: "burn_early") > 100)
    }

    /// Filters of different kinds are ANDed, values of one kind ORed.
    @Test func kindsCombine() async throws {
      let one = try SampleProgram("threads", ["60"])
      let two = try SampleProgram("threads", ["60"])
      let last = try await eventually("a thread") { try thread(of: one.pid, named: "gamma-20") }
      let run = try await RecordedRun([
        "-p", "\(one.pid)", "--comm", "alpha-50", "--comm", "gamma-20", "-u", "0", "-F", "999",
      ]) {
        // In each round, alpha-50 burns more.
        try await burns(last, 50_000_000)
      }
      #expect(run.folded.comms == ["alpha-50", "gamma-20"])
      #expect(Set(run.pprof.samples.map { $0.labels["pid"] }) == ["\(one.pid)"])
      #expect(run.result.messages.contains("names alpha-50, gamma-20"))
      _ = two.pid
    }

    /// In a container, process ids in options and outputs are those of its namespace.
    @Test func pidsOfTheNamespace() async throws {
      let folder = try TemporaryFolder()
      let script = """
        \(SampleProgram.path("split")) 60 & \(SampleProgram.path("recursion")) 60 &
        \(Flameback.binary) record -p $! -F 999 -d 1 -q -o \(folder("x.folded")) -o \(folder("x.pb.gz"))
        echo $? $!
        """
      let container = try ChildProcess(
        "unshare", ["-pf", "--mount-proc", "--kill-child", "sh", "-c", script],
        output: folder("said"))
      try await container.waitForExit()
      let said = try folder.text(of: "said").split(separator: "\n").last?.split(separator: " ")
      #expect(said?.first == "0")
      let folded = try FoldedStacks(folder.text(of: "x.folded"))
      #expect(folded.comms == ["recursion"])
      expectMost(folded.count(of: "burn_at_leaf"), of: folded.total)
      let pprof = try await PprofProfile(path: folder("x.pb.gz"))
      let pid = try #require(said?.last)
      #expect(Set(pprof.samples.map { $0.labels["pid"] }) == [String(pid)])
    }

    /// With /proc of another namespace, process ids would be those of other processes.
    @Test func aProcOfAnotherNamespaceIsRefused() async throws {
      let result = try await Flameback.run(
        ["record", "-p", "1", "-d", "1"], prefix: ["unshare", "-pf", "--kill-child"])
      #expect(result.exit == .code(1))
      #expect(oneLine(of: result.messages, with: "namespace"), "\(result)")
    }

    @Test(
      arguments: [
        (["-t", "4194303"], 1, "4194303"), (["--cgroup", "no/such"], 1, "no/such"),
        (["-C", "8000"], 1, "8000"), (["-C", "3-1"], 2, "-C"), (["-u", "no-such-user"], 2, "-u"),
        (["--comm", ""], 2, "--comm"), (["-a", "--no-inherit"], 2, "--no-inherit"),
      ] as [([String], Int32, String)])
    func whatCannotBeMeant(arguments: [String], exit: Int32, word: String) async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(["record", "-d", "1"] + arguments, in: folder.path)
      #expect(result.exit == .code(exit), "\(result)")
      #expect(oneLine(of: result.messages, with: word), "\(result)")
      #expect(try folder.contents == [])
    }

    /// Expects whole stacks, apart from those of the moment before tables are built.
    private func expectWhole(_ run: RecordedRun) {
      let (total, pending) = (run.folded.total, run.folded.pending())
      let cut = run.folded.samples { $0.frames.contains { $0.hasPrefix("[truncated") } }
      #expect(Double(pending) < 0.2 * Double(total), "\(pending) of \(total)")
      #expect(Double(cut - pending) < 0.02 * Double(total), "\(cut - pending) of \(total)")
      #expect(total > 200)
    }

    private func thread(of pid: pid_t, named name: String) throws -> pid_t? {
      let folder = "/proc/\(pid)/task"
      return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { pid_t($0) }
        .first { id in
          let comm = try? String(contentsOfFile: "\(folder)/\(id)/comm", encoding: .utf8)
          return comm == name + "\n"
        }
    }
  }
}
