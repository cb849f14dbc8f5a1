// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// samples/split, whose three paths have 60, 30 and 10 percent of the time.
  @Suite struct SplitTests {
    @Test func aCommandsSharesAreTrueInEveryOutput() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("split"), "3"])
      for output in run.outputs {
        for (path, burn) in [("path_a", "burn_a"), ("path_b", "burn_b"), ("path_c", "burn_c")] {
          let truth = try run.printed.number(path)
          expectShare(output.count(of: path), of: output.total, is: truth)
          expectShare(output.count(of: burn), of: output.total, is: truth)
        }
        expectMost(output.count(of: "main"), of: output.total)
      }
    }

    @Test func aRunningProcessSharesAreTrueInEveryOutput() async throws {
      let split = try SampleProgram("split", ["4"])
      let run = try await RecordedRun(["-p", "\(split.pid)", "-F", "999"])
      for output in run.outputs {
        expectShare(output.count(of: "path_a"), of: output.total, is: 0.6)
        expectShare(output.count(of: "path_b"), of: output.total, is: 0.3)
        expectShare(output.count(of: "path_c"), of: output.total, is: 0.1)
      }
    }

    @Test func callsStandInTheirOrder() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("split"), "1"])
      let path = ["main", "path_a", "burn_a"]
      expectMost(run.folded.count(ofPath: path), of: run.folded.count(of: "burn_a"))
      #expect(run.folded.comms == ["split"])
    }

    /// The number of samples times the period is the program's CPU time.
    @Test func theSumIsTheCPUTime() async throws {
      let run = try await RecordedRun(onOneCPU: ["-F", "999"], SampleProgram.path("split"), "3")
      try run.expectTotal(3 * 999, within: 0.03)
      let nanoseconds = run.pprof.samples.reduce(0) { $0 + $1.values[1] }
      #expect(nanoseconds == run.pprof.total * 1_001_001)
    }
  }
}
