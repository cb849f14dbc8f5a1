// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

extension EndToEnd {
  /// Chains of calls of programs in samples/, compared frame by frame, with frame pointers and without.
  @Suite struct UnwindingTests {
    private static let unusualFrames: [[String?]] = [
      ["via_signal", "at_entry", nil, "on_signal", "burn_in_handler"],
      ["via_alternate_stack", "at_trap", nil, "on_alternate_stack", "burn_on_alternate_stack"],
      ["via_alloca", "burn_above_alloca"],
      ["via_realigned", "burn_above_realigned"],
      ["via_realigned_frame", "via_realigned_arguments", "burn_above_arguments"],
    ]

    @Test(arguments: ["fp", "nofp"])
    func unusualFramesAreLeftExactly(flavour: String) async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("frames", flavour), "1.5",
      ])
      try expectChains(Self.unusualFrames.map(CallChain.init(belowMain:)), in: run, atLeast: 0.13)
      // The number of frames of the C library between them depends on whether its debug file is installed.
      let sorting = ["_start", "main", "via_qsort", "compare", "burn_in_compare"]
      expectMost(
        run.folded.count(inOrder: sorting), of: run.folded.count(of: "burn_in_compare"),
        atLeast: 0.98)
      expectMost(try run.statistics.count("stacks.complete"), of: run.folded.total, atLeast: 0.98)
      try await expectCallSites(run)
    }

    @Test(arguments: ["fp", "nofp"])
    func threadsBeginAtTheirFirstFrame(flavour: String) async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("threads", flavour), "1",
      ])
      for burn in ["burn_alpha", "burn_beta", "burn_gamma"] {
        let exact = run.folded.count(fromRoot: CallChain([nil, nil, "thread_main", burn]))
        expectMost(exact, of: run.folded.count(of: burn), atLeast: 0.98)
      }
      try await expectCallSites(run)
    }

    @Test(arguments: ["fp", "nofp"])
    func loadedCodeIsUnwoundThrough(flavour: String) async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("dlopener", flavour), "1",
      ])
      let inPlugin = run.folded.count(of: "burn_in_plugin")
      expectMost(inPlugin, of: run.folded.total, atLeast: 0.3)
      let chain = CallChain(belowMain: ["after_dlopen", "plugin_work", "burn_in_plugin"])
      expectMost(run.folded.count(fromRoot: chain), of: inPlugin)
      try await expectCallSites(run)
    }

    /// SplitTests does the same with frame pointers.
    @Test func withoutFramePointersSharesAreTrueInEveryOutput() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("split", "nofp"), "3"])
      for (path, burn) in [("path_a", "burn_a"), ("path_b", "burn_b"), ("path_c", "burn_c")] {
        let truth = try run.printed.number(path)
        for output in run.outputs {
          expectShare(output.count(of: path), of: output.total, is: truth)
          expectShare(output.count(of: burn), of: output.total, is: truth)
        }
        let chain = CallChain(belowMain: [path, burn])
        expectMost(run.folded.count(fromRoot: chain), of: run.folded.count(of: burn))
      }
    }

    // --- Programs that come and go ----------------------------------------------------------------

    /// vfork is most of a shell's or a build's profile.
    @Test func vforkLeadsToItsCaller() async throws {
      let run = try await RecordedRun([
        "-F", "999", "--", SampleProgram.path("vforker", "nofp"), "1",
      ])
      let starting = run.folded.count { $0.hasSuffix("vfork") }
      #expect(starting > 100)
      let chain = CallChain(belowMain: ["starts_children"])
      expectMost(run.folded.count(fromRoot: chain), of: starting, atLeast: 0.98)
      #expect(try run.statistics.count("stacks.truncated.odd_ra") == 0)
    }

    @Test func forkedChildrenAreUnwoundAsTheirParent() async throws {
      let run = try await RecordedRun(
        ["-F", "999", "--", SampleProgram.path("swarm", "nofp"), "300"])
      let burning = run.folded.count(of: "burn_short")
      #expect(burning > 600)
      let chain = CallChain(belowMain: ["short_life", "burn_short"])
      expectMost(run.folded.count(fromRoot: chain), of: burning, atLeast: 0.98)
    }

    /// Ten programs one after the other in the same process.
    @Test func whatFollowsAnExecIsUnwoundByItsOwnTables() async throws {
      let execer = SampleProgram.path("execer", "nofp")
      let chain = (0..<10).flatMap { _ in [execer, "0.05"] }
      let run = try await RecordedRun(
        ["-F", "999", "--"] + chain + [SampleProgram.path("split", "nofp"), "0.5"])
      let before = CallChain(belowMain: ["before_exec", "burn_before"])
      let inFirst = run.folded.count(of: "burn_before")
      #expect(inFirst > 400)
      expectMost(run.folded.count(fromRoot: before), of: inFirst, atLeast: 0.9)
      let after = CallChain(belowMain: ["path_a", "burn_a"])
      expectMost(run.folded.count(fromRoot: after), of: run.folded.count(of: "burn_a"))
    }

    // --- Stacks that are cut ----------------------------------------------------------------------

    /// Code made at run time has no table. With a frame pointer its caller is found; without one the
    /// stack is truncated (JIT_NO_FP).
    @Test(arguments: ["fp", "nofp"])
    func codeWithoutATableNeedsAFramePointer(flavour: String) async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("jit", flavour), "1"])
      let framed = run.folded.count(
        fromRoot: CallChain(belowMain: ["via_framed", "[anonymous]"]))
      expectMost(framed, of: run.folded.total, atLeast: 0.3)
      #expect(try run.statistics.count("stacks.approximate") >= framed)
      let frameless = run.folded.count(
        fromRoot: CallChain(["[truncated: JIT_NO_FP]", "[anonymous]"]))
      expectMost(frameless, of: run.folded.total, atLeast: 0.3)
      expectMost(framed + frameless, of: run.folded.count(of: "[anonymous]"), atLeast: 0.98)
      #expect(run.folded.count(ofPath: ["via_frameless", "[anonymous]"]) == 0)
      // A frame where the value in rbp would have led to.
      #expect(run.folded.count(of: "[unknown]") == 0)
      try expectCutsAreSaid(run)
    }

    /// Expects that all cut stacks, and no others, have the reason as their root frame, in every output.
    private func expectCutsAreSaid(_ run: RecordedRun) throws {
      let counts = try run.statistics.counts("stacks.truncated")
      for reason in Truncation.allCases {
        let frame = "[truncated: \(reason.rawValue.uppercased())]"
        let count = counts[reason.rawValue] ?? 0
        #expect(run.folded.samples { $0.frames.first == frame } == count, "\(reason)")
        for output in run.outputs { #expect(output.count(of: frame) == count, "\(reason)") }
      }
      let complete = try run.statistics.count("stacks.complete")
      let approximate = try run.statistics.count("stacks.approximate")
      let whole = run.folded.samples { $0.frames.first?.hasPrefix("[truncated") != true }
      #expect(complete + approximate == whole)
    }
  }
}
