// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Programs whose files are made to harm their readers.
  @Suite struct HostileObjectTests {
    @Test func theyCostTheirOwnNamesAtMost() async throws {
      let program = try Data(contentsOf: URL(filePath: SampleProgram.path("split")))
      for object in HostileObject.variants(of: Array(program)) {
        let folder = try TemporaryFolder()
        let path = folder("hostile")
        try Data(object.bytes).write(to: URL(filePath: path))
        chmod(path, 0o755)
        #expect(truncate(path, off_t(object.size)) == 0)

        let run = try await RecordedRun(["-F", "999", "--", path, "0.3"])
        let statistics = run.statistics
        // CPU time: the wall time depends on what else the machine does.
        let naming =
          try statistics.number("cost.worker_cpu_s") + statistics.number("cost.finish_cpu_s")
        #expect(naming < 10, "\(object.name)")
        #expect(
          try statistics.number("cost.worker_max_rss_bytes") < Double(400 << 20), "\(object.name)")
        // Names of another module are not affected.
        #expect(run.folded.count(of: "__libc_start_call_main") > 0, "\(object.name)")
        #expect(try statistics.count("frames.limited_modules.worker_crash") == 0, "\(object.name)")

        let symbolized = try await Flameback.run(
          ["symbolize", "--obj", path, "0x1100", "0x1200"])
        #expect(
          symbolized.exit == .code(0) || symbolized.exit == .code(1),
          "\(object.name): \(symbolized)")
      }
    }
  }
}
