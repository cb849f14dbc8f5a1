// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

extension EndToEnd {
  /// What one process can take of the maps that all processes share.
  @Suite struct ProcessShareTests {
    /// A process with a new path each millisecond has three quarters of the maps, and leaves the rest. No
    /// other process is sampled, however busy the machine is.
    @Test func aProcessWithManyStacksLosesOnlyItsOwn() async throws {
      let tree = try SampleProgram("tree", ["60"])
      let recursion = try SampleProgram("recursion", ["60"])
      try await tree.burns()
      let run = try await RecordedRun([
        "--comm", "tree", "--comm", "recursion", "-F", "4999", "--max-stacks", "512",
        "--max-loss", "100",
      ]) {
        try await tree.burns(1_000_000_000)
        try await recursion.burns(100_000_000)
      }
      let leftOut = run.folded.lines.filter { $0.frames.contains("[truncated: SHARE]") }
      #expect(Set(leftOut.map(\.comm)) == ["tree"])
      #expect(try run.statistics.counts("stacks.truncated")["share"] ?? 0 > 0)
      #expect(run.folded.samples { $0.comm == "recursion" } > 100)
    }

    /// Without shares one process has all of the map.
    @Test func whereOnlyTargetsAreSampledNothingIsBounded() async throws {
      let tree = try SampleProgram("tree", ["60"])
      try await tree.burns()
      let run = try await RecordedRun([
        "-p", "\(tree.pid)", "-F", "4999", "--max-stacks", "256", "--max-loss", "100",
      ]) {
        try await tree.burns(300_000_000)
      }
      let lost = try run.statistics.counts("samples.lost")
      #expect(lost["map_full"] ?? 0 > 0)
      #expect(lost["share"] == 0)
    }

    /// A thread that has a new name for each sample has 32 of them.
    @Test func aThreadHasSoManyNames() async throws {
      let script = """
        import ctypes, itertools
        prctl = ctypes.CDLL(None).prctl
        for number in itertools.count():
            prctl(15, b"renamer%x" % number, 0, 0, 0)
        """
      let renamer = try SampleProgram(path: "/usr/bin/python3", ["-c", script])
      try await renamer.burns()
      let run = try await RecordedRun(["-a", "-F", "999", "--max-loss", "100"]) {
        try await renamer.burns(500_000_000)
      }
      let names = run.folded.comms.filter { $0.hasPrefix("renamer") }
      #expect(names.count == 32)
      #expect(run.folded.samples { names.contains($0.comm) } > 100)
      #expect(run.result.messages.contains("each has 32 names at most"), "\(run.result.messages)")
    }
  }
}
