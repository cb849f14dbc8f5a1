// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// Very many different stacks, and too few ids for them.
  @Suite struct CollisionTests {
    @Test func allStacksAreKeptApart() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("tree"), "3"])
      try expectPathsThroughTheTree(run)
      #expect(try run.statistics.counts("samples.lost").values.allSatisfy { $0 == 0 })
    }

    /// An id of 8 bits: different stacks meet on it again and again. They are counted, and may be
    /// lost by count, but never lend each other their samples.
    @Test func collisionsNeverMerge() async throws {
      let run = try await RecordedRun(
        ["-F", "999", "--", SampleProgram.path("tree"), "4"], exits: [0, 6],
        environment: ["FLAMEBACK_HASH_BITS": "8"])
      let lost = try run.statistics.count("samples.lost.hash_collision")
      #expect(lost > 0 || run.result.messages.contains("collision"))
      try expectPathsThroughTheTree(run)
    }

    private func expectPathsThroughTheTree(_ run: RecordedRun) throws {
      func isStep(_ frame: String) -> Bool { frame == "left" || frame == "right" }
      let atLeaf = run.folded.lines.filter { $0.frames.last == "spin" }
      // main, one step a level, and the leaf: nothing else, apart from what was inlined. A stack that
      // was cut before its mappings were told says so.
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
