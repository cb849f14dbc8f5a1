// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// `-e` and `-c`: what is counted, and that each output counts events, not samples.
  @Suite struct EventTests {
    private static let count = 3000
    private static let program = SampleProgram.path("events")

    struct Counted: Sendable, CustomTestStringConvertible {
      var event: String
      var function: String
      /// The most further events of this kind that the kernel causes in this function.
      var others = 0
      var testDescription: String { event }
    }

    private static let all = [
      // Faults on its page of code and on its stack.
      Counted(event: "page-faults", function: "touch_pages", others: 2),
      Counted(event: "uprobe:\(program):probed", function: "probed"),
      Counted(event: "tracepoint:syscalls:sys_enter_getppid", function: "ask_for_parent"),
      Counted(event: "context-switches", function: "sleep_often", others: count / 10),
    ]

    @Test(arguments: all)
    func everySingleOne(counted: Counted) async throws {
      let run = try await record(["-e", counted.event, "-c", "1"])
      for output in run.outputs {
        let found = output.count(of: counted.function)
        #expect((Self.count...Self.count + counted.others).contains(found), "\(found)")
      }
      #expect(run.pprof.sampleTypes == ["samples/count", "\(counted.event)/count"])
      #expect(try run.statistics.count("samples.weight") == run.folded.total)
    }

    /// Each sample stands for ten events.
    @Test(arguments: all.prefix(3))
    func everyTenth(counted: Counted) async throws {
      let run = try await record(["-e", counted.event, "-c", "10"])
      let found = run.folded.count(of: counted.function)
      #expect(abs(found - Self.count) <= 20 && found % 10 == 0, "\(found)")
      #expect(try run.statistics.count("samples.recorded") * 10 == run.folded.total)
      #expect(run.pprof.period == 10 && run.pprof.periodType == "\(counted.event)/count")
    }

    /// With a rate the kernel chooses periods, and each sample counts its own period. What comes after
    /// the last sample of a CPU is not counted: events of a millisecond, but of several where the kernel
    /// took a period for a CPU that the program had for itself. So there are many.
    @Test func aRateOfEvents() async throws {
      let count = 3_000_000
      let run = try await record(["-e", "page-faults", "-F", "999"], count: count)
      let samples = try run.statistics.count("samples.recorded")
      #expect(samples < count / 10)
      let found = run.folded.count(of: "touch_pages")
      #expect(abs(Double(found) / Double(count) - 1) < 0.05, "\(found) by \(samples) samples")
    }

    /// The period of a clock is in nanoseconds.
    @Test func aPeriodOfTheClock() async throws {
      let run = try await RecordedRun(
        onOneCPU: ["-c", "2000000"], SampleProgram.path("split"), "1")
      try run.expectTotal(500, within: 0.1)
      #expect(run.pprof.sampleTypes.contains("cpu/nanoseconds"))
      #expect(run.result.messages.contains("500 Hz"))
    }

    @Test func oneModeOnly() async throws {
      let program = ["-F", "999", "--", SampleProgram.path("kernel"), "1"]
      let kernel = try await RecordedRun(["-e", "cpu-clock:k"] + program)
      let inCalls = kernel.folded.samples { $0.frames.contains("entry_SYSCALL_64_after_hwframe") }
      expectMost(inCalls, of: kernel.folded.total, atLeast: 0.9)
      let user = try await RecordedRun(["-e", "cpu-clock:u"] + program)
      #expect(user.folded.total < kernel.folded.total / 5)
      #expect(user.folded.count(of: "entry_SYSCALL_64_after_hwframe") == 0)
      // The program takes one CPU second.
      #expect((500...1100).contains(kernel.folded.total))
    }

    @Test func samplingBeginsAfterTheDelay() async throws {
      let run = try await RecordedRun(
        ["-D", "3", "-d", "0.5", "-F", "999", "--", SampleProgram.path("split"), "60"])
      #expect(try (0.5..<3).contains(run.statistics.number("duration_s")))
      expectMost(run.folded.count(of: "main"), of: run.folded.total, atLeast: 0.98)
    }

    @Test func aStopDuringTheDelayWritesNothing() async throws {
      let folder = try TemporaryFolder()
      let flameback = try Flameback(["record", "-a", "-D", "300", "-o", "x.svg"], in: folder.path)
      try await flameback.isAttached()
      flameback.child.send(SIGINT)
      let result = try await flameback.finish()
      #expect(result.exit == .code(1), "\(result)")
      #expect(try folder.contents == [])
    }

    /// Ids of tracepoints are read from tracefs, which is not left mounted.
    @Test func nothingStaysMounted() async throws {
      let before = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
      _ = try await record(["-e", "tracepoint:syscalls:sys_enter_getppid"])
      #expect(try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) == before)
    }

    @Test(
      .enabled(if: !FileManager.default.fileExists(atPath: "/sys/bus/event_source/devices/cpu")))
    func withoutCounters() async throws {
      try await refuses(["-e", "cycles"], exit: 4, word: "cpu-clock")
    }

    @Test(
      arguments: [
        (["-e", "nonsense"], 2, "-e"), (["-e", "tracepoint:no:such"], 1, "no:such"),
        (["-e", "uprobe:/no/such:main"], 1, "/no/such"), (["-c", "0"], 2, "-c"),
        (["-e", "uprobe:\(program):nosuch"], 1, "nosuch"), (["-c", "1000"], 2, "--high-frequency"),
        (["-c", "9", "-F", "9"], 2, "-F"),
        (["-e", "tracepoint:sched:sched_switch", "-F", "9"], 2, "-c"),
      ] as [([String], Int32, String)])
    func whatCannotBeMeant(arguments: [String], exit: Int32, word: String) async throws {
      try await refuses(arguments, exit: exit, word: word)
    }

    private func refuses(_ arguments: [String], exit: Int32, word: String) async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(["record", "-a"] + arguments, in: folder.path)
      #expect(result.exit == .code(exit), "\(result)")
      #expect(oneLine(of: result.messages, with: word), "\(result)")
      #expect(try folder.contents == [])
    }

    private func record(
      _ arguments: [String], count: Int = Self.count
    ) async throws -> RecordedRun {
      try await RecordedRun(arguments + ["--", Self.program, "\(count)"])
    }
  }
}
