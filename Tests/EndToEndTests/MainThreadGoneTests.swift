// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// samples/leaderless: a process whose main thread has ended is a target like others.
  @Suite struct MainThreadGoneTests {
    /// A program without its main thread, which has loaded its library already.
    private func leaderless(_ arguments: [String] = []) async throws -> SampleProgram {
      let program = try SampleProgram("leaderless", ["60"] + arguments)
      if arguments.isEmpty { try await loses(program) }
      return program
    }

    /// Waits until its main thread has ended, and the worker has loaded its library.
    private func loses(_ program: SampleProgram) async throws {
      try await eventually("\(program.pid) loses its main thread") {
        ProcessStatus(program.pid)["State"]?.first == "Z"
      }
      let worker = try await worker(of: program)
      try await eventually("\(program.pid) loads its library") {
        try String(contentsOfFile: "/proc/\(worker)/maps", encoding: .utf8).contains("libplugin")
      }
    }

    private func worker(of program: SampleProgram) async throws -> pid_t {
      try await eventually("a worker") { program.printed["tid"].map { pid_t($0) } }
    }

    /// Records while a program's worker uses 0.6 s of CPU time, which are some 600 samples.
    private func run(_ arguments: [String], of program: SampleProgram) async throws -> RecordedRun {
      let worker = try await worker(of: program)
      return try await RecordedRun(arguments + ["-F", "999"]) {
        try await burns(worker, 600_000_000)
      }
    }

    /// The same, but its main thread ends once samples are taken.
    private func run(_ arguments: [String], losing program: SampleProgram) async throws
      -> RecordedRun
    {
      let worker = try await worker(of: program)
      return try await RecordedRun(arguments + ["-F", "999"]) {
        program.child.send(SIGUSR1)
        try await loses(program)
        try await burns(worker, 600_000_000)
      }
    }

    /// - Parameters:
    ///   - program: Nearly all of its samples in `run` are whole, and in code that has its name.
    ///   - share: The least share of each of its two paths.
    private func expectNamed(
      _ program: SampleProgram, in run: RecordedRun, share: Double = 0.4
    ) async throws {
      let worker = try await worker(of: program)
      let its = FoldedStacks(lines: run.folded.lines.filter { $0.comm == "worker" })
      #expect(its.total > 300)
      // The first samples are taken before there are tables. Without the mappings all would be.
      let pending = its.pending()
      #expect(Double(pending) < 0.2 * Double(its.total), "\(pending) of \(its.total)")
      let total = its.total - pending
      let here = its.count(ofPath: ["worker_main", "in_program", "burn_here"])
      let plugin = its.count(
        ofPath: ["worker_main", "in_plugin", "plugin_work", "burn_in_plugin"])
      expectMost(here, of: total, atLeast: share)
      expectMost(plugin, of: total, atLeast: share)
      expectMost(here + plugin, of: total, atLeast: 0.95)
      let samples = run.pprof.samples.filter { $0.labels["pid"] == "\(program.pid)" }
      // The main thread may be sampled at its end.
      let working = samples.filter { $0.frames.contains("worker_main") }
      #expect(Set(working.map { $0.labels["tid"] }) == ["\(worker)"])
    }

    @Test(arguments: ["-p", "-t", "--comm process", "--comm thread", "-a"])
    func isATarget(option: String) async throws {
      let program = try await leaderless()
      let target =
        switch option {
        case "-p": ["-p", "\(program.pid)"]
        case "-t": ["-t", "\(try await worker(of: program))"]
        case "--comm process": ["--comm", "leaderless"]
        case "--comm thread": ["--comm", "worker"]
        default: ["-a"]
        }
      let run = try await run(target, of: program)
      try await expectNamed(program, in: run)
      if option != "-a" { #expect(run.folded.comms == ["worker"]) }
    }

    /// The cgroup of a thread that has ended is not that of its process in version 1.
    @Test(arguments: CgroupFolder.roots())
    func isInItsCgroup(root: String) async throws {
      let group = try CgroupFolder(in: root)
      let program = try await leaderless(["wait"])
      try group.take(program.pid, in: "below")
      program.child.send(SIGUSR1)
      try await loses(program)
      let run = try await run(["--cgroup", group.path], of: program)
      try await expectNamed(program, in: run)
    }

    /// What the process maps afterwards is found through another thread.
    @Test(arguments: ["-p", "-t", "-a"])
    func endsDuringTheRecording(option: String) async throws {
      let program = try await leaderless(["wait"])
      let worker = try await worker(of: program)
      let target =
        switch option {
        case "-p": ["-p", "\(program.pid)"]
        case "-t": ["-t", "\(worker)"]
        default: ["-a"]
        }
      try await expectNamed(program, in: run(target, losing: program), share: 0.3)
    }

    /// Its library is in a mount namespace of its own: only the process's mappings and root lead to it.
    @Test func endsInAnotherMountNamespace() async throws {
      let hidden = try TemporaryFolder()
      let source = SampleProgram.path("leaderless")
      let program = try SampleProgram(
        path: "unshare",
        [
          "--mount", "sh", "-c",
          """
          mount -t tmpfs none \(hidden.path) && cp \(source) $(dirname \(source))/libplugin.so \(hidden.path) &&
          exec \(hidden("leaderless")) 60 wait
          """,
        ])
      _ = try await worker(of: program)
      try await expectNamed(
        program, in: run(["-p", "\(program.pid)"], losing: program), share: 0.3)
    }

    @Test func ofACommand() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("leaderless"), "1"])
      // All of the command, and its status.
      #expect(run.folded.comms.contains("worker"))
      expectMost(run.folded.count(of: "plugin_work"), of: run.folded.total, atLeast: 0.3)
      expectMost(run.folded.count(of: "worker_main"), of: run.folded.total, atLeast: 0.95)
    }

    /// The process ends with its last thread, and the run with the process.
    @Test func itsLastThreadEndsTheRun() async throws {
      let program = try await leaderless()
      let worker = try await worker(of: program)
      let folder = try TemporaryFolder()
      let flameback = try Flameback(
        ["record", "-p", "\(program.pid)", "-F", "499", "-d", "300"]
          + RecordedRun.outputArguments(in: folder))
      try await flameback.isSampling()
      try await burns(worker, 200_000_000)
      program.child.send(SIGKILL)
      let run = try await RecordedRun(flameback, folder)
      #expect(try run.statistics.number("duration_s") < 60)
      #expect(run.result.messages.contains("the target exited"))
    }

    @Test func theMainThreadItselfIsNoTarget() async throws {
      let program = try await leaderless()
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["record", "-t", "\(program.pid)", "-d", "1"], in: folder.path)
      #expect(result.exit == .code(1), "\(result)")
      #expect(oneLine(of: result.messages, with: "no thread \(program.pid)"), "\(result)")
      #expect(try folder.contents == [])
    }
  }
}
