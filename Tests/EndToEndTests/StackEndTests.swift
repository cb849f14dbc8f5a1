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
      let chains = [
        // The first frame is a function of the C library, whose name depends on debug files.
        CallChain([nil, "coroutine_main", "burn_in_coroutine"]),
        CallChain(["fiber_main", "burn_in_fiber"]),
        CallChain(["[truncated: NO_CFI]", "burn_without_rules"]),
        CallChain(["[truncated: RA_ZERO]", nil, "burn_astray"]),
      ]
      try expectChains(chains, in: run, atLeast: 0.18)
      let whole = run.folded.count(of: "burn_in_coroutine") + run.folded.count(of: "burn_in_fiber")
      expectMost(try run.statistics.count("stacks.complete"), of: whole, atLeast: 0.98)
      // The module that lacks the information, though as many stacks are cut for a reason that nothing
      // helps for.
      #expect(run.result.messages.contains("fix: build ends with -fasynchronous-unwind-tables"))
    }
  }
}
