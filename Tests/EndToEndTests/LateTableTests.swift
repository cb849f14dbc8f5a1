// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// Samples that come before the unwind table of their file is there. All tables are made late, by a
  /// variable for tests; those of the command itself are there before its first instruction.
  @Suite struct LateTableTests {
    private static let switches = ["FLAMEBACK_TABLE_DELAY": "300000000"]
    private static let chain = CallChain(
      ["_start", nil, nil, "main"] + Array(repeating: "descend", count: 50) + ["burn_at_leaf"])

    /// A program that the command starts has run for a third of a second when its table comes.
    @Test(arguments: [[], ["--timeline"]])
    func stacksAreFinishedWhenItComes(options: [String]) async throws {
      let program = SampleProgram.path("recursion", "nofp")
      let run = try await RecordedRun(
        ["-F", "499"] + options + ["--", "/bin/sh", "-c", "\(program) 1 50; :"],
        switches: Self.switches)
      try expectWholeStacks(run)
    }

    /// Programs that have ended by then, and sampling with them.
    @Test func stacksOfEndedProgramsAreFinished() async throws {
      let program = SampleProgram.path("recursion", "nofp")
      let run = try await RecordedRun(
        ["-F", "999", "--", "/bin/sh", "-c", "for i in 1 2 3 4; do \(program) 0.04 50; done"],
        switches: Self.switches)
      try expectWholeStacks(run)
    }

    private func expectWholeStacks(
      _ run: RecordedRun, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let ours = run.folded.samples { $0.frames.contains("burn_at_leaf") }
      expectMost(
        run.folded.count(fromRoot: Self.chain), of: ours, atLeast: 0.99,
        sourceLocation: sourceLocation)
      let copied = try run.statistics.law("copied_stacks")
      let finished = try #require(copied["finished"], sourceLocation: sourceLocation)
      #expect(finished > 10, "\(copied)", sourceLocation: sourceLocation)
    }
  }
}
