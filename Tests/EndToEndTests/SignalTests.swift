// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// What each further stop signal does. Single ones at random moments are in Tests/Faults (T22).
  @Suite struct SignalTests {
    /// A pause after which a signal counts as another one: signals within half a second count once.
    private static let apart = Duration.milliseconds(700)

    /// A run whose search for names never ends by itself, at that point.
    ///
    /// - Parameter ends: Whether the sampling ends by itself, by `-d` in the arguments.
    private func runThatSeeksNames(
      _ split: SampleProgram, _ arguments: [String], ends: Bool = false
    ) async throws -> Flameback {
      let run = try Flameback(
        ["record", "-F", "999", "-p", "\(split.pid)", "--naming-time", "10m"] + arguments,
        switches: ["FLAMEBACK_WORKER_FAULT": "hang:split"])
      try await run.isSampling()
      try await split.burns()
      if !ends { run.child.send(SIGINT) }
      try await eventually("the sampling ends") { KernelObjects.held(by: run.pid).links.isEmpty }
      try await Task.sleep(for: Self.apart)
      return run
    }

    /// Expects that the run ends well with samples, of which some lack names for want of time.
    private func expectUnreadNames(
      of run: Flameback, in folder: TemporaryFolder
    ) async throws {
      let result = try await run.finish(within: .seconds(60))
      #expect(result.exit == .code(0), "\(result)")
      let folded = try FoldedStacks(folder.text(of: "x.folded"))
      #expect(folded.total > 0 && folded.count { $0.hasPrefix("split+0x") } > 0)
      #expect(try folder.text(of: "stats.json").contains(/"naming_time": ?[1-9]/))
    }

    @Test func theSecondInterruptEndsTheSearchForNames() async throws {
      let split = try SampleProgram("split", ["600"])
      let folder = try TemporaryFolder()
      let run = try await runThatSeeksNames(
        split, ["-o", folder("x.folded"), "--stats", folder("stats.json")])
      // A program that hangs is given up after some seconds of its own; this comes first.
      run.child.send(SIGINT)
      try await expectUnreadNames(of: run, in: folder)
    }

    /// The end of `-d` counts as the first signal.
    @Test func theFirstInterruptAfterTheDurationEndsTheSearchForNames() async throws {
      let split = try SampleProgram("split", ["600"])
      let folder = try TemporaryFolder()
      let run = try await runThatSeeksNames(
        split, ["-d", "2", "-o", folder("x.folded"), "--stats", folder("stats.json")], ends: true)
      run.child.send(SIGINT)
      try await expectUnreadNames(of: run, in: folder)
    }

    /// A single SIGINT never abandons: after `-d`, while outputs are written, only the second one does.
    @Test func theSecondInterruptAfterTheDurationAbandons() async throws {
      let split = try SampleProgram("split", ["600"])
      let folder = try TemporaryFolder()
      try #require(mkfifo(folder("pipe"), 0o600) == 0)
      let reader = open(folder("pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
      defer { close(reader) }
      let run = try Flameback([
        "record", "-F", "4999", "-d", "2", "-p", "\(split.pid)", "-f", "perf-script", "-o",
        folder("pipe"),
      ])
      try await eventually("it writes") {
        var waiting = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) > 0
      }
      try await Task.sleep(for: Self.apart)
      run.child.send(SIGINT)
      try await Task.sleep(for: Self.apart)
      #expect(run.child.exitIfEnded() == nil)
      run.child.send(SIGINT)
      let result = try await run.finish(within: .seconds(60))
      #expect(result.exit == .code(130), "\(result)")
    }

    @Test func otherSignalsNeverAbandon() async throws {
      let split = try SampleProgram("split", ["600"])
      let folder = try TemporaryFolder()
      let run = try await runThatSeeksNames(split, ["-o", folder("x.folded")])
      for signal in [SIGTERM, SIGHUP, SIGQUIT] {
        run.child.send(signal)
        try await Task.sleep(for: Self.apart)
      }
      let result = try await run.finish(within: .seconds(120))
      #expect(result.exit == .code(0), "\(result)")
      #expect(try FoldedStacks(folder.text(of: "x.folded")).total > 0)
    }

    /// Of three signals within half a second the first counts, as of the two that timeout(1) sends.
    @Test func signalsCloseToEachOtherCountOnce() async throws {
      let split = try SampleProgram("split", ["600"])
      let folder = try TemporaryFolder()
      let run = try Flameback(
        ["record", "-F", "999", "-p", "\(split.pid)", "-o", folder("x.folded")])
      try await run.isSampling()
      try await split.burns()
      for signal in [SIGSTOP, SIGINT, SIGTERM, SIGQUIT, SIGCONT] { run.child.send(signal) }
      let result = try await run.finish(within: .seconds(60))
      #expect(result.exit == .code(0), "\(result)")
      #expect(try FoldedStacks(folder.text(of: "x.folded")).count(of: "path_a") > 0)
    }

    /// While outputs are written, here to a FIFO that is not read, SIGINT abandons the run.
    @Test func theLastInterruptAbandons() async throws {
      let split = try SampleProgram("split", ["600"])
      let folder = try TemporaryFolder()
      try #require(mkfifo(folder("pipe"), 0o600) == 0)
      let reader = open(folder("pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
      defer { close(reader) }
      let run = try Flameback([
        "record", "-F", "4999", "-p", "\(split.pid)", "-f", "perf-script", "-o", folder("pipe"),
      ])
      try await run.isSampling()
      try await split.burns()
      run.child.send(SIGINT)
      try await eventually("it writes") {
        var waiting = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) > 0
      }
      try await Task.sleep(for: Self.apart)
      #expect(run.child.exitIfEnded() == nil)
      run.child.send(SIGINT)
      let result = try await run.finish(within: .seconds(60))
      #expect(result.exit == .code(130), "\(result)")
    }

    /// The time for names is that of all files together.
    @Test func theTimeForNamesEnds() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run([
        "record", "-F", "999", "--naming-time", "1ms", "-o", folder("x.folded"),
        "--stats", folder("stats.json"), "--", SampleProgram.path("split"), "0.5",
      ])
      #expect(result.exit == .code(0), "\(result)")
      let folded = try FoldedStacks(folder.text(of: "x.folded"))
      #expect(folded.count(of: "path_a") == 0 && folded.count { $0.hasPrefix("split+0x") } > 0)
      #expect(result.messages.contains("the time for names was over"), "\(result)")
    }
  }
}
