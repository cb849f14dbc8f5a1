// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// The sample that calls itself to a known depth and burns there.
  @Suite struct RecursionTests {
    @Test func everyLevelIsAFrame() async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("recursion"), "1", "50",
      ])
      let whole = run.folded.samples { line in
        line.frames.contains("main") && line.frames.contains("burn_at_leaf")
          && line.frames.count { $0 == "descend" } == 50
      }
      expectMost(whole, of: run.folded.total)
      #expect(run.pprof.count(of: "descend") <= run.pprof.total)
    }

    /// The kernel's walk ends after 127 frames: the leaf side stays, and the cut is said.
    @Test func tooDeepAStackIsCutAndSaysSo() async throws {
      let run = try await RecordedRun(
        ["-F", "999", "--", SampleProgram.path("recursion"), "1", "500"])
      let cut = run.folded.samples { line in
        line.frames.first == "[truncated: DEPTH]" && line.frames.contains("burn_at_leaf")
      }
      expectMost(cut, of: run.folded.total)
      expectMost(run.pprof.count(of: "[truncated: DEPTH]"), of: run.pprof.total)
      expectMost(run.picture.count(of: "[truncated: DEPTH]"), of: run.picture.total)
      #expect(try run.statistics.counts("stacks.truncated")["depth"] ?? 0 >= cut)
    }
  }
}
