// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// Frames that are found by other registers than rsp and rbp.
  @Suite struct RegisterTests {
    private static let chains: [[String?]] = [
      // The register was saved by a callee of the callee.
      ["via_rbx", "based_on_rbx", "leaves_rbx", "burn_above_rbx"],
      // It is one that calls may overwrite.
      ["via_r11", "based_on_r11", "burn_above_r11"],
      // It is in what the kernel saved for a signal handler.
      ["via_trap", "trapped_on_r12", nil, "on_trap", "burn_above_trap"],
    ]

    @Test(arguments: ["fp", "nofp"])
    func callersAreFoundByTheRegistersOfTheirCallees(flavour: String) async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("registers", flavour), "1.5",
      ])
      try expectChains(Self.chains.map(CallChain.init(belowMain:)), in: run, atLeast: 0.25)
      #expect(try run.statistics.count("stacks.truncated.unsup_reg") == 0)
      // That a callee leaves such a register alone is not proven.
      let unproven = run.folded.count(of: "burn_above_r11")
      expectMost(try run.statistics.count("stacks.approximate"), of: unproven, atLeast: 0.98)
      expectMost(
        try run.statistics.count("stacks.complete"), of: run.folded.total - unproven, atLeast: 0.98)
      try await expectCallSites(run)
    }
  }
}
