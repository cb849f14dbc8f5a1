// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// A thousand different stacks. T18 of the fault matrix has too few ids for them.
  @Suite struct CollisionTests {
    @Test func allStacksAreKeptApart() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("tree"), "3"])
      try expectPathsThroughTheTree(run)
      #expect(try run.statistics.counts("samples.lost").values.allSatisfy { $0 == 0 })
    }

    private func expectPathsThroughTheTree(_ run: RecordedRun) throws {
      func isStep(_ frame: String) -> Bool { frame == "left" || frame == "right" }
      let atLeaf = run.folded.lines.filter { $0.frames.last == "spin" }
      // main, ten steps, and the leaf, apart from inlined frames. Truncated stacks do not count.
      let whole = atLeaf.filter { !$0.frames[0].hasPrefix("[truncated") }
      #expect(whole.count > 100)
      let astray = whole.filter { line in
        let path = line.frames.filter { isStep($0) || ["main", "burn_leaf", "spin"].contains($0) }
        return
          !(path.first == "main" && path.dropFirst(1).prefix(10).allSatisfy(isStep)
          && path.dropFirst(11) == ["burn_leaf", "spin"])
      }
      #expect(astray.isEmpty)
      // The order of the paths is known, so what was lost cannot favour a side by much.
      if run.result.exit == .code(0) {
        let left = run.folded.samples { line in
          line.frames.first { isStep($0) } == "left"
        }
        expectShare(left, of: run.folded.total, is: 0.5)
      }
    }
  }
}
