// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// Text that a program has copied to memory without a file is still that of its file.
  @Suite struct CopiedTextTests {
    @Test(arguments: ["fp", "nofp"])
    func aCopyOfTextHasItsNamesAndRules(flavour: String) async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("copied", flavour), "1",
      ])
      let inCopy = run.folded.count(of: "in_copy")
      expectMost(inCopy, of: run.folded.total, atLeast: 0.95)
      let whole = CallChain(belowMain: ["with_copy", "in_copy"])
      expectMost(run.folded.count(fromRoot: whole), of: inCopy, atLeast: 0.98)
      expectMost(try run.statistics.count("stacks.complete"), of: run.folded.total, atLeast: 0.95)
    }
  }
}
