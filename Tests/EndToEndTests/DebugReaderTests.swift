// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// The two readers of debug information: `--debug-reader`, and what is read by libdw without it.
  @Suite struct DebugReaderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func compile(_ source: String, _ name: String) async throws -> String {
      let file = folder("\(name).c")
      try source.write(toFile: file, atomically: false, encoding: .utf8)
      let compiler = try ChildProcess("gcc", ["-g", "-O2", "-o", folder(name), file])
      try #require(try await compiler.waitForExit() == .code(0))
      return folder(name)
    }

    /// A program that spends its time in an inlined function, which only debug information names.
    private func busyProgram() async throws -> String {
      try await compile(
        """
        #include <time.h>
        static volatile unsigned sum;
        static inline __attribute__((always_inline)) void inlined_work(void)
        {
          for (unsigned i = 0; i < 1000000; i++) sum += i * i;
        }
        int main(void)
        {
          for (clock_t end = clock() + CLOCKS_PER_SEC; clock() < end;) inlined_work();
          return 0;
        }
        """, "busy")
    }

    private func share(_ run: RecordedRun, of name: String) -> Double {
      Double(run.folded.count(of: name)) / Double(max(1, run.folded.total))
    }

    /// Where the own reader's worker fails, libdw's names functions and inlined calls.
    @Test func libdwReadsWhatTheOwnReaderCannot() async throws {
      let busy = try await busyProgram()
      for fault in ["crash-own:busy", "memory-own:busy"] {
        let run = try await RecordedRun(
          ["-F", "999", "--", busy], switches: ["FLAMEBACK_WORKER_FAULT": fault])
        #expect(share(run, of: "inlined_work") > 0.9)
        #expect(share(run, of: "main") > 0.9)
        #expect(!run.result.messages.contains("worker_"), "\(run.result.messages)")
        #expect(run.result.messages.contains(" 1 file read by libdw"), "\(run.result.messages)")
        #expect(try run.statistics.count("frames.reread_files") == 1)
      }
    }

    /// The readers share the time of one: a file on which both hang costs one limit, 2 s.
    @Test(arguments: ["hang:busy", "hang-own:busy"])
    func timeIsSpentOnce(fault: String) async throws {
      let run = try await RecordedRun(
        ["-F", "999", "--", try await busyProgram()],
        switches: ["FLAMEBACK_WORKER_FAULT": fault])
      #expect(run.result.messages.contains("worker_timeout"), "\(run.result.messages)")
      #expect(share(run, of: "main") > 0.9)
      #expect(run.folded.count(of: "inlined_work") == 0)
      #expect(try run.statistics.number("cost.worker_cpu_s") < 3.5)
      #expect(try run.statistics.count("frames.reread_files") == 0)
    }

    /// Each reader alone, and both where both fail.
    @Test(
      arguments: [
        (["--debug-reader", "own"], "crash-own:busy", true, false),
        (["--debug-reader", "libdw"], "crash-libdw:busy", true, false),
        (["--debug-reader", "libdw"], "crash-own:busy", false, true),
        ([], "crash:busy", true, false), ([], "memory:busy", true, false),
      ] as [([String], String, Bool, Bool)])
    func aReaderFails(options: [String], fault: String, isReported: Bool, hasNames: Bool)
      async throws
    {
      let run = try await RecordedRun(
        ["-F", "999"] + options + ["--", try await busyProgram()],
        switches: ["FLAMEBACK_WORKER_FAULT": fault])
      #expect(run.result.messages.contains("worker_") == isReported, "\(run.result.messages)")
      #expect((share(run, of: "inlined_work") > 0.9) == hasNames)
    }

    @Test func bothReadersAgree() async throws {
      let busy = try await busyProgram()
      let run = try await RecordedRun(["-F", "999", "--debug-reader", "both", "--", busy])
      #expect(!run.result.messages.contains("\(busy): 0x"), "\(run.result.messages)")
      #expect(share(run, of: "inlined_work") > 0.9)
    }

    @Test func symbolizeByEachReader() async throws {
      let busy = try await busyProgram()
      let addresses = (0x1040..<0x1200).map { "0x" + String($0, radix: 16) }
      var outputs: [String] = []
      for reader in ["own", "libdw", "both"] {
        let result = try await Flameback.run(
          ["symbolize", "--obj", busy, "--debug-reader", reader] + addresses)
        #expect(result.exit == .code(0) && result.messages == "", "\(result)")
        outputs.append(result.output)
      }
      #expect(outputs[0].contains("inlined_work\n"))
      #expect(outputs[0] == outputs[1] && outputs[0] == outputs[2])
      let unknown = try await Flameback.run(
        ["symbolize", "--obj", busy, "--debug-reader", "other", "0x1"])
      #expect(unknown.exit == .code(2))
    }

    /// Kinds of entries are numbered from 2²¹ on, which only libdw reads.
    @Test func anUnusualFormat() async throws {
      let source = folder("odd.s")
      try unusualDebugInformation.write(toFile: source, atomically: false, encoding: .utf8)
      let odd = folder("odd.so")
      let compiler = try ChildProcess("gcc", ["-shared", "-nostdlib", "-o", odd, source])
      try #require(try await compiler.waitForExit() == .code(0))
      let symbols = try ChildProcess("nm", [odd], output: folder("nm"))
      try #require(try await symbols.waitForExit() == .code(0))
      let line = try #require(
        try folder.text(of: "nm").split(separator: "\n").first { $0.hasSuffix(" T odd") })
      let address = "0x" + line.prefix(16)
      func symbolize(_ options: String...) async throws -> Flameback.Result {
        try await Flameback.run(["symbolize", "--obj", odd] + options + [address])
      }
      let usual = try await symbolize()
      #expect(usual.output.hasPrefix("odd\n") && usual.output.contains("odd.c:7:0\n"))
      #expect(usual.messages == "")
      let own = try await symbolize("--debug-reader", "own")
      #expect(own.output == "odd\n??:0:0\n\n")
      #expect(own.messages.contains("debug_unknown_format"))
      let both = try await symbolize("--debug-reader", "both")
      #expect(both.output == usual.output)
      #expect(both.messages.contains(": own: odd ??:0:0 of :0; libdw: odd "), "\(both.messages)")
    }
  }
}
