// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// The pprof file, read by `go tool pprof` and by a stricter reader.
  @Suite struct PprofTests {
    @Test func itsOwnToolReadsIt() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("split"), "1"])
      let raw = try await pprof("-raw", run.folder("out.pb.gz"))
      #expect(raw.contains("samples/count cpu/nanoseconds"))
      #expect(raw.contains("PeriodType: cpu nanoseconds"))
      #expect(raw.contains("path_a"))
      #expect(raw.contains("pid:["))

      let top = try await pprof("-top", run.folder("out.pb.gz"), "-cum", "-sample_index=samples")
      let line = top.split(separator: "\n").first { $0.hasSuffix(" path_a") }
      let cumulative = line?.split(separator: " ").dropFirst(3).first
      #expect(cumulative == "\(run.pprof.count(of: "path_a"))", "\(top)")
    }

    @Test func valuesAndLabels() async throws {
      let run = try await RecordedRun(["-F", "999", "--", SampleProgram.path("split"), "1"])
      #expect(run.pprof.sampleTypes == ["samples/count", "cpu/nanoseconds"])
      #expect(run.pprof.period == 1_001_001)
      let seconds = try run.statistics.number("duration_s")
      #expect(abs(Double(run.pprof.durationNanoseconds) / 1e9 - seconds) < 0.01)
      for sample in run.pprof.samples {
        #expect(sample.values.count == 2)
        #expect(sample.values[1] == sample.values[0] * 1_001_001)
        #expect(Int(sample.labels["pid"] ?? "") != nil && Int(sample.labels["tid"] ?? "") != nil)
        #expect(sample.labels["comm"] == "split")
        #expect(!sample.frames.isEmpty)
        #expect(sample.locations.allSatisfy { run.pprof.mappings[$0.mapping] != nil })
        #expect(sample.locations.allSatisfy { !$0.functions.isEmpty })
      }
      let ids = run.pprof.mappings.keys.sorted()
      #expect(ids == (1...UInt64(ids.count)).map { $0 })
    }

    private func pprof(_ form: String, _ file: String, _ options: String...) async throws -> String
    {
      let folder = try TemporaryFolder()
      let tool = try ChildProcess(
        "go", ["tool", "pprof", form] + options + [file],
        environment: [
          "HOME": folder.path, "PPROF_TMPDIR": folder.path, "GOFLAGS": "-mod=mod",
          "GOTOOLCHAIN": "local",
        ],
        folder: folder.path, output: folder("output"), messages: folder("messages"))
      let exit = try await tool.waitForExit()
      let messages = try folder.text(of: "messages")
      #expect(exit == .code(0), "\(messages)")
      return try folder.text(of: "output")
    }
  }
}
