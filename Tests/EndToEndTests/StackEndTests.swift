// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// A stack ends at a first frame that is one, or says that it is cut.
  @Suite struct StackEndTests {
    @Test(arguments: ["fp", "nofp"])
    func handMadeStacksAreWholeAndLostOnesAreCut(flavour: String) async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("ends", flavour), "1.5",
      ])
      // The first frame is a function of the C library, whose name depends on debug files.
      let coroutine = CallChain([nil, "coroutine_main", "burn_in_coroutine"])
      let inCoroutine = run.folded.count(of: "burn_in_coroutine")
      expectMost(inCoroutine, of: run.folded.total, atLeast: 0.18)
      expectMost(run.folded.count(fromRoot: coroutine), of: inCoroutine, atLeast: 0.98)
      let inFiber = run.folded.count(of: "burn_in_fiber")
      expectMost(inFiber, of: run.folded.total, atLeast: 0.18)
      let fiber = CallChain(["fiber_main", "burn_in_fiber"])
      expectMost(run.folded.count(fromRoot: fiber), of: inFiber, atLeast: 0.98)

      let lost = run.folded.count(of: "burn_without_rules")
      expectMost(lost, of: run.folded.total, atLeast: 0.18)
      let cut = CallChain(["[truncated: NO_CFI]", "burn_without_rules"])
      expectMost(run.folded.count(fromRoot: cut), of: lost, atLeast: 0.98)
      let astray = run.folded.count(of: "burn_astray")
      expectMost(astray, of: run.folded.total, atLeast: 0.18)
      let wrong = CallChain(["[truncated: RA_ZERO]", nil, "burn_astray"])
      expectMost(run.folded.count(fromRoot: wrong), of: astray, atLeast: 0.98)
      expectMost(
        try run.statistics.count("stacks.complete"), of: inCoroutine + inFiber, atLeast: 0.98)
      // The module that lacks the information.
      #expect(run.result.messages.contains("fix: build ends with -fasynchronous-unwind-tables"))
    }
  }
}
