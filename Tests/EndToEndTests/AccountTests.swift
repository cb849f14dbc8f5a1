// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

extension EndToEnd {
  /// `--stats`, and the summary at the end.
  @Suite struct AccountTests {
    @Test func keysAreDocumented() async throws {
      let statistics = try await RecordedRun(["--", SampleProgram.path("split"), "0.5"]).statistics
      let top = [
        "cost", "count_name", "cpus", "duration_s", "event", "frames", "frequency_hz", "period",
        "samples", "stacks", "version",
      ]
      #expect(try statistics.keys() == top)
      let samples = [
        "expected", "filtered", "fired", "idle", "lost", "recorded", "untimed", "weight",
      ]
      #expect(try statistics.keys("samples") == samples)
      #expect(try statistics.keys("samples.lost") == LossReason.allCases.map(\.rawValue).sorted())
      #expect(try statistics.keys("stacks") == ["approximate", "complete", "truncated"])
      #expect(
        try statistics.keys("stacks.truncated") == Truncation.allCases.map(\.rawValue).sorted())
      let frames = ["limited_modules", "module_only", "named", "reread_files", "unknown"]
      #expect(try statistics.keys("frames") == frames)
      let cost = [
        "bpf_ns", "bpf_runs", "finish_cpu_s", "map_bytes", "max_rss_bytes", "sampling_cpu_s",
        "setup_cpu_s", "side_band_records", "stop_to_written_s", "table_budget_bytes",
        "table_bytes", "tables_evicted", "worker_cpu_s", "worker_max_rss_bytes",
      ]
      #expect(try statistics.keys("cost") == cost)
      #expect(try statistics.count("version") == 1)
      #expect(try statistics.count("frequency_hz") == 99)
      #expect(statistics.json["event"] as? String == "cpu-clock")
    }

    @Test(arguments: ["-a", "-p"])
    func nearlyAllExpectedSamplesFire(target: String) async throws {
      let split = try SampleProgram("split", ["60"])
      let run = try await RecordedRun(
        (target == "-a" ? ["-a"] : ["-p", "\(split.pid)"]) + ["-F", "499", "-d", "3"])
      let expected = try run.statistics.number("samples.expected")
      let duration = try run.statistics.number("duration_s")
      let cpus = try run.statistics.number("cpus")
      #expect(abs(expected - 499 * cpus * duration) <= cpus)
      // A virtual machine's CPUs stand still at times: then the shortfall is reported.
      let fired = try run.statistics.number("samples.fired")
      #expect(fired < 1.05 * expected)
      #expect(fired > 0.95 * expected || run.result.messages.contains("samples were expected"))
      #expect(fired > 0.3 * expected)
      #expect(try run.statistics.counts("samples.lost").values.allSatisfy { $0 == 0 })
    }

    @Test func whatIsNotTheTargetsIsFilteredOrIdle() async throws {
      let other = try SampleProgram("split", ["60"])
      let run = try await RecordedRun(["-F", "499", "--", SampleProgram.path("split"), "1"])
      try await other.burns(1_000_000)  // It ran all the time.
      #expect(try run.statistics.count("samples.filtered") > 100)
      let fired = try run.statistics.count("samples.fired")
      #expect(try run.statistics.count("samples.recorded") < fired)
    }

    @Test func stacksAndFramesAddUp() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("split"), "1"])
      let recorded = try run.statistics.count("samples.recorded")
      let truncated = try run.statistics.counts("stacks.truncated").values.reduce(0, +)
      let complete = try run.statistics.count("stacks.complete")
      let approximate = try run.statistics.count("stacks.approximate")
      // Stacks from the first instruction on, those of the dynamic linker included.
      expectMost(complete, of: recorded)
      #expect(complete + approximate + truncated <= recorded)
      let named = try run.statistics.count("frames.named")
      let others =
        try run.statistics.count("frames.module_only") + run.statistics.count("frames.unknown")
      // The C library has no symbols for its start code where libc6-dbg is not installed.
      expectMost(named, of: named + others, atLeast: 0.7)
      let shown = run.folded.lines.reduce(0) { sum, line in
        sum + line.count * line.frames.count { !$0.hasPrefix("[truncated") }
      }
      #expect(named + others == shown)
    }

    @Test func itsCostIsMeasured() async throws {
      let statistics = try await RecordedRun(
        ["-F", "499", "--", SampleProgram.path("split"), "2"]
      ).statistics
      #expect(try statistics.count("cost.bpf_runs") >= statistics.count("samples.recorded"))
      let nanosecondsARun =
        try statistics.number("cost.bpf_ns") / statistics.number("cost.bpf_runs")
      #expect((10...1_000_000).contains(nanosecondsARun))
      for key in ["setup_cpu_s", "finish_cpu_s"] {
        #expect(try (0.0001...30).contains(statistics.number("cost." + key)), "\(key)")
      }
      #expect(try statistics.number("cost.stop_to_written_s") > 0.0001)
      // The program uses two CPU seconds, for which it may have to wait.
      let duration = try statistics.number("duration_s")
      #expect(duration > 1.5)
      #expect(try (0...duration / 2).contains(statistics.number("cost.sampling_cpu_s")))
      let megabyte = 1_048_576.0
      #expect(try (megabyte...500 * megabyte).contains(statistics.number("cost.max_rss_bytes")))
      #expect(try (megabyte / 64...500 * megabyte).contains(statistics.number("cost.map_bytes")))
    }

    @Test func theEndSaysWhatWasSampledAndWhere() async throws {
      let run = try await RecordedRun(["-F", "499", "--", SampleProgram.path("split"), "1"])
      let messages = run.result.messages.lowercased()
      for word in ["samples", "lost", "cpu", "out.svg", "out.folded", "out.pb.gz"] {
        #expect(messages.contains(word), "\(word): \(messages)")
      }
    }

    @Test func quietIsSilent() async throws {
      let run = try await RecordedRun(["-q", "-F", "499", "--", SampleProgram.path("split"), "1"])
      #expect(run.result.messages == "")
    }
  }
}
