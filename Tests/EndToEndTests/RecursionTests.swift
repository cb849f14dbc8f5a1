// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// samples/recursion, which calls itself to a known depth and uses CPU time there.
  @Suite struct RecursionTests {
    @Test(arguments: ["fp", "nofp"], [50, 100, 500])
    func everyLevelIsAFrame(flavour: String, depth: Int) async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("recursion", flavour), "1", "\(depth)",
      ])
      let chain = CallChain(
        ["_start", nil, nil, "main"] + Array(repeating: "descend", count: depth) + ["burn_at_leaf"])
      let whole = run.folded.count(fromRoot: chain)
      expectMost(whole, of: run.folded.total)
      #expect(run.pprof.count(of: "descend") <= run.pprof.total)
    }

    /// The leaf's side of a stack stays, and its first frame says that it is cut.
    @Test(arguments: [(["--max-depth", "100"], 200), ([], 600)])
    func tooDeepAStackIsCutAndSaysSo(limit: [String], depth: Int) async throws {
      let run = try await RecordedRun(
        ["-F", "999"] + limit + ["--", SampleProgram.path("recursion"), "1", "\(depth)"])
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
