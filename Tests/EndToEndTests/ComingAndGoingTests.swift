// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// Code and processes that exist for a millisecond: how many of their stacks are whole.
  @Suite struct ComingAndGoingTests {
    /// Two libraries in turn at the same address, a thousand times each. A mapping that is not registered
    /// yet is unknown; it never has the name of the library before.
    @Test func unloadedCodeLeavesNoNamesBehind() async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("reloader", "nofp"), "1000", "1000",
      ])
      #expect(try run.printed.number("rounds") == 1000)
      #expect(try run.printed.number("same_place") > 1000)
      for (caller, callee) in [("with_plugin", "plugin_work"), ("with_other", "other_work")] {
        #expect(run.folded.count(ofPath: [caller, callee]) > 100)
      }
      for (caller, other) in [("with_plugin", "other_work"), ("with_other", "plugin_work")] {
        #expect(run.folded.count(ofPath: [caller, other]) == 0)
      }
      let complete = try run.statistics.count("stacks.complete")
      let early = try run.statistics.count("stacks.truncated.no_mapping")
      expectMost(complete + early, of: run.folded.total, atLeast: 0.98)
      expectMost(complete, of: run.folded.total, atLeast: 0.6)
    }

    /// The same library at the same address again.
    @Test func codeThatComesBackIsKnownAgain() async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("reloader", "nofp"), "1000", "1000", "same",
      ])
      let complete = try run.statistics.count("stacks.complete")
      expectMost(complete, of: run.folded.total, atLeast: 0.6)
    }

    /// Memory does not grow with the number of loads: 9,000 more take less than 1,000 bytes each.
    @Test func unloadedCodeIsNoBurdenForLong() async throws {
      func memory(_ rounds: Int) async throws -> Double {
        let run = try await RecordedRun([
          "-F", "999", "--", SampleProgram.path("reloader", "nofp"), "\(rounds)", "100",
        ])
        let statistics = run.statistics
        #expect(try statistics.counts("samples.lost").values.allSatisfy { $0 == 0 })
        return try statistics.number("cost.max_rss_bytes") + statistics.number("cost.map_bytes")
      }
      let few = try await memory(500)
      let many = try await memory(5000)
      let bytesOfALoad = (many - few) / 9000
      #expect(bytesOfALoad < 1000, "\(bytesOfALoad)")
    }

    /// Children of 1 ms each, 500 a second on an idle machine.
    @Test func childrenOfAMillisecondAreUnwoundAsTheirParent() async throws {
      let run = try await RecordedRun(
        ["-F", "1999", "--", SampleProgram.path("swarm", "nofp"), "2000", "1"])
      let burning = run.folded.count(of: "burn_short")
      #expect(burning > 2000)
      let chain = CallChain(["_start", nil, nil, "main", "short_life", "burn_short"])
      expectMost(run.folded.count(fromRoot: chain), of: burning, atLeast: 0.98)
      let complete = try run.statistics.count("stacks.complete")
      expectMost(complete, of: run.folded.total, atLeast: 0.97)
      let pids = Set(run.pprof.samples.map { $0.labels["pid"] })
      #expect(pids.count > 1000)
    }

    /// Programs that end before their mappings are registered: their stacks are truncated for these
    /// reasons only.
    @Test func programsOfAMillisecondAreCutForWhatTheyAre() async throws {
      let run = try await RecordedRun([
        "-F", "1999", "--", "sh", "-c",
        "i=0; while [ $i -lt 1500 ]; do /bin/true; i=$((i+1)); done",
      ])
      let recorded = run.folded.total
      let truncated = try run.statistics.counts("stacks.truncated")
      // Mapped just now, or in an exec, which has unmapped the stack.
      let expected = ["no_mapping", "mapping_pending", "read_ra"]
      let others = truncated.filter { !expected.contains($0.key) }.values.reduce(0, +)
      #expect(others * 50 < recorded, "\(truncated)")
      let pids = Set(run.pprof.samples.map { $0.labels["pid"] })
      #expect(pids.count > 500)
    }
  }
}
