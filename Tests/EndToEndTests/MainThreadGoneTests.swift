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

    private func worker(of program: SampleProgram) async throws -> Int {
      try await eventually("a worker") { program.printed["tid"].map { Int($0) } }
    }

    /// - Parameters:
    ///   - program: Nearly all of its samples in `run` are whole, and in code that has its name.
    ///   - share: The least share of each of its two paths.
    private func expectNamed(
      _ program: SampleProgram, in run: RecordedRun, share: Double = 0.3
    ) async throws {
      let worker = try await worker(of: program)
      let its = run.folded.lines.filter { $0.comm == "worker" }
      let total = its.reduce(0) { $0 + $1.count }
      func count(_ path: [String]) -> Int {
        its.filter { line in
          line.frames.indices.contains { line.frames[$0...].starts(with: path) }
        }.reduce(0) { $0 + $1.count }
      }
      #expect(total > 20)
      let here = count(["worker_main", "in_program", "burn_here"])
      let plugin = count(["worker_main", "in_plugin", "plugin_work", "burn_in_plugin"])
      expectMost(here, of: total, atLeast: share)
      expectMost(plugin, of: total, atLeast: share)
      // With several targets tables are built when they are needed: the first samples have none.
      expectMost(here + plugin, of: total, atLeast: 0.6)
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
      let run = try await RecordedRun(target + ["-F", "999", "-d", "2"])
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
      let run = try await RecordedRun(["--cgroup", group.path, "-F", "999", "-d", "2"])
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
      let folder = try TemporaryFolder()
      let flameback = try Flameback(
        ["record", "-F", "999", "-d", "4"] + target + RecordedRun.outputArguments(in: folder))
      try await flameback.isSampling()
      program.child.send(SIGUSR1)
      try await expectNamed(program, in: RecordedRun(flameback, folder), share: 0.1)
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
      let folder = try TemporaryFolder()
      let flameback = try Flameback(
        ["record", "-p", "\(program.pid)", "-F", "999", "-d", "4"]
          + RecordedRun.outputArguments(in: folder))
      try await flameback.isSampling()
      program.child.send(SIGUSR1)
      try await expectNamed(program, in: RecordedRun(flameback, folder), share: 0.1)
    }

    @Test func ofACommand() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("leaderless"), "2"])
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
      func cpuTime() throws -> UInt64 {
        let text = try String(contentsOfFile: "/proc/\(worker)/schedstat", encoding: .utf8)
        return try #require(text.split(separator: " ").first.flatMap { UInt64($0) })
      }
      let start = try cpuTime()
      try await eventually("\(worker) burns") { try cpuTime() > start + 200_000_000 }
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
