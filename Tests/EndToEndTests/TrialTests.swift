// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// The switch by which the benchmark of unwinding compares walks.
  @Suite struct TrialTests {
    @Test func tablesAndTheHelperTakeTurns() async throws {
      let depth = 100
      let run = try await RecordedRun(
        ["-F", "999", "--", SampleProgram.path("recursion", "nofp"), "2", "\(depth)"],
        switches: ["FLAMEBACK_TRIAL": "1"])
      let trial = "cost.trial."
      let walks = try run.statistics.count(trial + "walks")
      #expect(walks > 100)
      // The two kinds of walks change after 200 on each CPU.
      for runs in ["table_runs", "helper_runs"] {
        #expect(abs(walks - (try run.statistics.count(trial + runs))) <= 400, "\(runs)")
      }
      // Stacks of the start are shallow, nearly all others have the full depth.
      let frames = try run.statistics.count(trial + "frames")
      #expect((walks * depth * 9 / 10...walks * (depth + 10)).contains(frames))
      for key in ["walk_ns", "median_ns_per_frame", "table_ns", "helper_ns"] {
        #expect(try run.statistics.number(trial + key) > 0, "\(key)")
      }
      expectMost(run.folded.count(of: "burn_at_leaf"), of: walks, atLeast: 0.9)
    }
  }
}
