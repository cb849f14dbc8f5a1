// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// What another program or user could make the shipped binary do, and what it lacks therefore.
  @Suite struct ShippedBinaryTests {
    /// No name of a switch, nor its first eight bytes: the compiler puts short texts into instructions,
    /// eight bytes at a time.
    @Test func hasNoSwitchesForTests() throws {
      let bytes = try Data(contentsOf: URL(filePath: Flameback.binary))
      for text in ["FLAMEBACK_", "FLAMEBAC"] {
        #expect(bytes.range(of: Data(text.utf8)) == nil, "\(text)")
      }
      let testing = try Data(contentsOf: URL(filePath: Flameback.testingBinary))
      #expect(testing.range(of: Data("FLAMEBACK_WORKER_FAULT".utf8)) != nil)
    }

    @Test func variablesHaveNoEffect() async throws {
      let run = try await RecordedRun(
        ["-F", "999", "--timeline", "--", SampleProgram.path("split"), "0.5"],
        environment: [
          "FLAMEBACK_BTF": "/nonexistent", "FLAMEBACK_HASH_BITS": "1", "FLAMEBACK_TIMES": "1",
          "FLAMEBACK_TABLE_DELAY": "900000000", "FLAMEBACK_TRIAL": "1",
          "FLAMEBACK_WORKER_FAULT": "crash:*",
        ])
      expectMost(run.folded.count(of: "path_a"), of: run.folded.total, atLeast: 0.4)
      #expect(try run.statistics.counts("samples.lost").values.allSatisfy { $0 == 0 })
      #expect(try run.statistics.count("samples.untimed") == 0)
    }

    /// Addresses of library functions are found at the start, and are read-only then.
    @Test func isBoundAtTheStart() throws {
      let shown = try Tool.run("readelf", ["-Wdlh", Flameback.binary]).text
      #expect(shown.contains(/\(FLAGS_1\).* NOW/))
      #expect(shown.contains("GNU_RELRO"))
      #expect(shown.contains(/\(FLAGS_1\).* PIE/))
      // No segment is both writable and executable.
      #expect(!shown.contains(/(LOAD|GNU_STACK).*RWE\b/))
    }
  }
}
