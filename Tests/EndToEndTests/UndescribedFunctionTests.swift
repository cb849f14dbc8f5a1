// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// Assembly without call frame information, whose callers are known by their calls.
  @Suite struct UndescribedFunctionTests {
    private static let chains: [[String?]] = [
      ["via_call", "burn_by_call"],
      ["via_table", "call_by_table", "burn_by_table"],
      ["via_stub", "burn_by_stub"],
    ]

    @Test(arguments: ["fp", "nofp"])
    func callersAreFoundByTheirCalls(flavour: String) async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("undescribed", flavour), "1.5",
      ])
      try expectChains(Self.chains.map(CallChain.init(belowMain:)), in: run, atLeast: 0.25)
      // The call is proven, but that nothing lies between it and the frame is not written anywhere.
      expectMost(
        try run.statistics.count("stacks.approximate"), of: run.folded.total, atLeast: 0.9)
      try await expectCallSites(run)
    }
  }
}
