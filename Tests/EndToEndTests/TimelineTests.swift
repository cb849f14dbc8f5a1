// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// `record --timeline` of two programs, one after the other.
  @Suite struct TimelineTests {
    private func record(
      in folder: TemporaryFolder, switches: [String: String] = [:]
    ) async throws -> Flameback.Result {
      let programs = [SampleProgram.path("split"), SampleProgram.path("threads")]
      return try await Flameback.run(
        ["record", "--timeline", "-F", "999", "-o", "out.json", "-o", "out.html", "--stats"]
          + ["stats.json", "--", "sh", "-c", "\"$1\" 1; \"$2\" 1", "sh"] + programs,
        switches: switches, in: folder.path)
    }

    private func folded(_ folder: TemporaryFolder, _ arguments: String...) async throws
      -> FoldedStacks
    {
      let result = try await Flameback.run(
        ["report", "-q", "-o", "-"] + arguments, in: folder.path)
      #expect(result.exit == .code(0), "\(result)")
      return try FoldedStacks(result.output)
    }

    @Test func samplesFallWhereTheyRan() async throws {
      let folder = try TemporaryFolder()
      #expect(try await record(in: folder).exit == .code(0))
      let all = try await folded(folder, "out.json")
      let times = try times(byComm: Data(contentsOf: URL(filePath: folder("out.json"))))
      #expect(times.values.joined().count == all.total)
      let firstEnd = try #require(times["split"]?.max())
      let secondStart = try #require(times["alpha-50"]?.min())
      #expect(firstEnd < secondStart)

      let change = "\(Double(firstEnd + secondStart) / 2e9)"
      for file in ["out.json", "out.html"] {
        let before = try await folded(folder, file, "--time", "-\(change)")
        let after = try await folded(folder, file, "--time", "\(change)-")
        #expect(before.total + after.total == all.total)
        #expect(before.comms.contains("split") && !before.comms.contains("alpha-50"))
        #expect(after.comms.contains("alpha-50") && !after.comms.contains("split"))
      }
    }

    /// Times of samples, in nanoseconds since the start, by the name of the thread.
    private func times(byComm json: Data) throws -> [String: [Int]] {
      let profile = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
      var times: [String: [Int]] = [:]
      for sample in try #require(profile["samples"] as? [[String: Any]]) {
        let comm = try #require(sample["comm"] as? String)
        times[comm, default: []] += try #require(sample["times_ns"] as? [Int])
      }
      return times
    }

    /// Samples beyond the list's capacity are recorded without a time.
    @Test func aFullListLosesTimesOnly() async throws {
      let folder = try TemporaryFolder()
      let result = try await record(in: folder, switches: ["FLAMEBACK_TIMES": "100"])
      #expect(result.messages.contains("samples without their time"))
      let statistics = try Statistics(Data(folder.text(of: "stats.json").utf8))
      let recorded = try statistics.count("samples.recorded")
      #expect(try statistics.residual == 0)
      #expect(try statistics.count("samples.untimed") == recorded - 100)
      #expect(try await folded(folder, "out.json").total == recorded)
      #expect(try await folded(folder, "out.json", "--time", "0-").total == 100)
    }

    @Test func withoutTimesNothingCanBeCutOut() async throws {
      let folder = try TemporaryFolder()
      let result = try await Flameback.run(
        ["report", "-", "--time", "0-1"], prefix: ["sh", "-c", "echo 'a;b 1' | \"$@\"", "sh"],
        in: folder.path)
      #expect(result.exit == .code(1))
      #expect(result.messages.contains("--timeline"))
    }
  }
}
