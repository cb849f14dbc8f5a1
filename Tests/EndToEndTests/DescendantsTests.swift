// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

extension EndToEnd {
  /// Children from before the recording, and children that are started during it.
  @Suite struct DescendantsTests {
    @Test func existingAndLaterChildrenCount() async throws {
      let family = try SampleProgram("forker", ["3"])
      let first = try await eventually("a child") { family.printed["first"].map { Int($0) } }
      let run = try await RecordedRun(["-p", "\(family.pid)", "-F", "999"])
      #expect(run.pprof.count(labelled: "pid", "\(first)") > 1000)
      for output in run.outputs {
        #expect(output.count(of: "burn_early") > 1000)
        #expect(output.count(of: "burn_late") > 100)
      }
      let pids = Set(
        run.pprof.samples.filter { $0.frames.contains("burn_late") }.map { $0.labels["pid"] })
      #expect(pids.count > 10)
    }

    @Test func aCommandsChildrenHaveTheirShares() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("forker"), "3"])
      let early = run.folded.count(of: "burn_early")
      let late = run.folded.count(of: "burn_late")
      // The true share by the kernel's CPU time of each child, from its fork on.
      let truth = try run.printed.number("late")
      #expect(early > enoughSamples / 2)
      #expect(abs(Double(late) / Double(early + late) - truth) < 0.04)
    }

    @Test func shortLivedChildrenAreNamed() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("swarm"), "700"])
      #expect(run.folded.total > 1500)
      expectMost(run.folded.count(of: "burn_short"), of: run.folded.total, atLeast: 0.85)
      let pids = Set(run.pprof.samples.map { $0.labels["pid"] })
      #expect(pids.count > 600)
    }

    @Test func shortLivedProgramsAreNamed() async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", "sh", "-c",
        "i=0; while [ $i -lt 100 ]; do \(SampleProgram.path("split")) 0.01 >/dev/null; i=$((i+1)); done",
      ])
      let split = run.folded.samples { line in line.comm == "split" }
      #expect(split > 800)
      let named = run.folded.count { $0.hasPrefix("path_") }
      expectMost(named, of: split, atLeast: 0.75)
    }
  }
}
