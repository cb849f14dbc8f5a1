// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// Assembly without call frame information, whose callers are known by their calls.
  @Suite struct UndescribedFunctionTests {
    private static let chains: [[String?]] = [
      ["via_call", "burn_by_call"],
      ["via_table", "call_by_table", "burn_by_table"],
      ["via_stub", "burn_by_stub"],
      ["via_hole", "in_hole", "burn_above_hole"],
    ]

    @Test(arguments: ["fp", "nofp"])
    func callersAreFoundByTheirCalls(flavour: String) async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("undescribed", flavour), "1.5",
      ])
      try expectChains(Self.chains.map(CallChain.init(belowMain:)), in: run, atLeast: 0.19)
      // The call is proven, but that nothing lies between it and the frame is not written anywhere.
      expectMost(
        try run.statistics.count("stacks.approximate"), of: run.folded.total, atLeast: 0.9)
      try await expectCallSites(run)
    }

    /// A process that was just created has no caller, whatever its registers say.
    @Test(arguments: ["fp", "nofp"])
    func newProcessesHaveNoInventedCallers(flavour: String) async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("newborn", flavour), "0.5",
      ])
      let chain = CallChain(["[truncated: NO_CFI]", "start_child"])
      try expectChains([chain], in: run, atLeast: 0.8)
      #expect(run.folded.count(of: "never_called") == 0)
    }
  }
}
