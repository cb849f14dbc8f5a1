// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// `-p` and `-a`: the processes that they select, and targets without samples.
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

    /// The run goes on as long as one of several targets lives.
    @Test func oneOfSeveralExits() async throws {
      // Stopped until samples are taken: else it could end before, on a busy machine.
      let short = try SampleProgram("recursion", ["0.5"])
      _ = try await short.stop()
      let long = try SampleProgram("split", ["60"])
      let run = try await RecordedRun(
        continuing: short, ["-p", "\(long.pid)", "-F", "499", "-d", "3"])
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

    /// kthreadd, the parent of all other kernel threads, which mostly sleeps.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/2/stat")))
    func aKernelThread() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["record", "-p", "2", "-d", "1", "-o", "x.folded"], in: folder.path)
      if result.exit == .code(0) {
        // Kernel threads have no user stack that could be truncated.
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

    private func refuses(_ arguments: [String], exit: Int32, word: String) async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(["record"] + arguments, in: folder.path)
      #expect(result.exit == .code(exit), "\(result)")
      #expect(oneLine(of: result.messages, with: word), "\(result)")
      #expect(try folder.contents == [])
    }
  }
}
