// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// Code and processes that exist for a millisecond: how many of their stacks are whole.
  @Suite struct ComingAndGoingTests {
    /// Two libraries in turn at the same address, a thousand times each. A mapping that is not registered
    /// yet is asked for; it never has the name of the library before.
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
      expectMost(complete, of: run.folded.total, atLeast: 0.95)
    }

    /// The same library at the same address again.
    @Test func codeThatComesBackIsKnownAgain() async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("reloader", "nofp"), "1000", "1000", "same",
      ])
      let complete = try run.statistics.count("stacks.complete")
      expectMost(complete, of: run.folded.total, atLeast: 0.95)
    }

    /// Two functions in turn at the same address: mapped there, moved there, of which there is no record, or
    /// in each other's place, where as much code is mapped as before; also by another process.
    @Test(arguments: ["fixed", "moved", "swapped", "shared"])
    func replacedCodeHasItsOwnName(way: String) async throws {
      let run = try await RecordedRun([
        "-F", "1999", "--", SampleProgram.path("remapper", "nofp"), way, "500", "1000",
      ])
      #expect(try run.printed.number("rounds") == 500)
      for (caller, callee) in [("with_one", "burn_one"), ("with_two", "burn_two")] {
        #expect(run.folded.count(ofPath: [caller, callee]) > 100)
      }
      for (caller, other) in [("with_one", "burn_two"), ("with_two", "burn_one")] {
        #expect(run.folded.count(ofPath: [caller, other]) == 0)
      }
    }

    /// The same, where the two functions are callers in stacks that are equal but for them and the leaf: what
    /// is known of the stack before must not name them. Alone, and with more mappings below them than are kept.
    @Test(arguments: ["fixed", "moved", "swapped", "shared"], [1, 9])
    func replacedCallerHasItsOwnName(way: String, callers: Int) async throws {
      let run = try await RecordedRun([
        "-F", "1999", "--", SampleProgram.path("remapper", "fp"), way, "500", "1000", "\(callers)",
      ])
      #expect(try run.printed.number("rounds") == 500)
      for (caller, leaf) in [("call_one", "leaf_one"), ("call_two", "leaf_two")] {
        #expect(run.folded.count(ofPath: [caller, leaf]) > 100)
      }
      for (caller, other) in [("call_one", "leaf_two"), ("call_two", "leaf_one")] {
        #expect(run.folded.count(ofPath: [caller, other]) == 0)
      }
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

    /// Programs that end before their mappings are registered: the kernel has them. What is missing at
    /// first are the tables of files that are new. In an exec there is no user stack, and no invented frame.
    @Test func programsOfAMillisecondAreWhole() async throws {
      let run = try await RecordedRun([
        "-F", "1999", "--", "sh", "-c",
        "i=0; while [ $i -lt 1500 ]; do /bin/true; i=$((i+1)); done",
      ])
      let truncated = try run.statistics.counts("stacks.truncated")
      let whole =
        try run.statistics.count("stacks.complete") + run.statistics.count("stacks.approximate")
      let unknown = truncated.filter { ["no_mapping", "read_ra"].contains($0.key) }
        .values.reduce(0, +)
      #expect(unknown * 200 <= whole, "\(truncated)")
      expectMost(whole, of: whole + truncated.values.reduce(0, +), atLeast: 0.97)
      let pids = Set(run.pprof.samples.map { $0.labels["pid"] })
      #expect(pids.count > 500)
    }
  }
}
