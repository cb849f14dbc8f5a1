// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
  /// `-p` and `-a`: whom they mean, and what happens when there is nobody.
  @Suite struct TargetTests {
    @Test func bareOptionsMeanRecord() async throws {
      let split = try SampleProgram("split", ["60"])
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["-p", "\(split.pid)", "-d", "1", "-F", "499", "-o", folder("x.folded")])
      #expect(result.exit == .code(0))
      let folded = try FoldedStacks(folder.text(of: "x.folded"))
      expectMost(folded.count(of: "path_a"), of: folded.total, atLeast: 0.4)
    }

    @Test func bareCommandMeansRecord() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["-F", "499", "-o", folder("x.folded"), "--", SampleProgram.path("split"), "1"])
      #expect(result.exit == .code(0))
      let folded = try FoldedStacks(folder.text(of: "x.folded"))
      expectMost(folded.count(of: "path_a"), of: folded.total, atLeast: 0.4)
    }

    @Test func theTargetsExitEndsTheRun() async throws {
      let split = try SampleProgram("split", ["1"])
      let run = try await RecordedRun(["-p", "\(split.pid)", "-F", "999", "-d", "300"])
      #expect(try run.statistics.number("duration_s") < 60)
      #expect(run.folded.count(of: "path_a") > 100)
      #expect(run.result.messages.contains("exit"))
    }

    @Test func severalProcesses() async throws {
      let split = try SampleProgram("split", ["60"])
      let recursion = try SampleProgram("recursion", ["60"])
      let other = try SampleProgram("templates", ["60"])
      let run = try await RecordedRun(
        ["-p", "\(split.pid),\(recursion.pid)", "-F", "499", "-d", "2"])
      #expect(run.folded.comms == ["split", "recursion"])
      #expect(run.folded.count(of: "path_a") > 10)
      #expect(run.folded.count(of: "burn_at_leaf") > 10)
      let pids = Set(run.pprof.samples.map { $0.labels["pid"] })
      #expect(pids == ["\(split.pid)", "\(recursion.pid)"])
      _ = other.pid
    }

    /// One of several goes, the other stays: the run goes on.
    @Test func oneOfSeveralExits() async throws {
      let short = try SampleProgram("recursion", ["0.5"])
      let long = try SampleProgram("split", ["60"])
      let run = try await RecordedRun(
        ["-p", "\(short.pid)", "-p", "\(long.pid)", "-F", "499", "-d", "3"])
      #expect(try run.statistics.number("duration_s") > 2.9)
      #expect(run.folded.count(of: "path_a") > 10)
      #expect(run.folded.count(of: "burn_at_leaf") > 10)
    }

    @Test func theWholeMachine() async throws {
      let split = try SampleProgram("split", ["60"])
      let swift = try SampleProgram("swiftburn", ["60"])
      let run = try await RecordedRun(["-a", "-F", "499", "-d", "3"])
      #expect(run.pprof.count(labelled: "pid", "\(split.pid)") > 50)
      #expect(run.pprof.count(labelled: "pid", "\(swift.pid)") > 50)
      #expect(run.folded.count(of: "path_a") > 20)
      #expect(run.folded.count { $0.contains("Orchard.harvest") } > 20)
      #expect(!run.folded.comms.contains { $0.hasPrefix("swapper") })
    }

    @Test func noSuchProcess() async throws {
      let program = try ChildProcess("true")
      try await program.waitForExit()
      try await refuses(["-p", "\(program.pid)"], exit: 1, word: "\(program.pid)")
      try await refuses(["-p", "4194303"], exit: 1, word: "4194303")
    }

    @Test func aZombie() async throws {
      let parent = try SampleProgram("zombie")
      let zombie = try await eventually("a zombie") { parent.printed["zombie"].map { Int($0) } }
      try await refuses(["-p", "\(zombie)"], exit: 1, word: "zombie")
    }

    /// All others are children of kthreadd, which sleeps as long as nobody wants another one.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/2/stat")))
    func aKernelThread() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["record", "-p", "2", "-d", "1", "-o", "x.folded"], in: folder.path)
      if result.exit == .code(0) {
        // Without a user stack there is none to be cut.
        let stacks = try FoldedStacks(folder.text(of: "x.folded"))
        #expect(!stacks.lines.isEmpty)
        #expect(stacks.lines.allSatisfy { !$0.frames.contains { $0.hasPrefix("[truncated") } })
      } else {
        #expect(result.exit == .code(1))
        #expect(oneLine(of: result.messages, with: "sample"), "\(result)")
        #expect(try folder.contents == [])
      }
    }

    @Test func aProcessThatOnlySleeps() async throws {
      let sleeper = try ChildProcess("sleep", ["600"])
      try await refuses(["-p", "\(sleeper.pid)", "-d", "1"], exit: 1, word: "sample")
    }

    /// Exits at any moment between the look at its pid and the first sample.
    @Test func aRaceWithTheTargetsExit() async throws {
      for round in 0..<20 {
        let folder = try TemporaryFolder()
        let program = try SampleProgram("split", ["\(Double(round) / 100)"])
        let result = try await Flameback.run(
          ["record", "-p", "\(program.pid)", "-o", "x.folded"], in: folder.path)
        #expect([.code(0), .code(1)].contains(result.exit), "\(result)")
        #expect(try folder.contents == (result.exit == .code(0) ? ["x.folded"] : []))
        #expect(result.exit == .code(0) || !result.messages.isEmpty)
      }
    }

    private func refuses(_ arguments: [String], exit: Int32, word: String) async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(["record"] + arguments, in: folder.path)
      #expect(result.exit == .code(exit), "\(result)")
      #expect(oneLine(of: result.messages, with: word), "\(result)")
      #expect(try folder.contents == [])
    }
  }
}
