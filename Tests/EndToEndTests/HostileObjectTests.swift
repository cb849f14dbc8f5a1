// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
  /// Programs whose own files are made to harm whoever reads them.
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
        #expect(try statistics.number("cost.stop_to_written_s") < 10, "\(object.name)")
        #expect(
          try statistics.number("cost.worker_max_rss_bytes") < Double(400 << 20), "\(object.name)")
        // Another module's names are right all the same.
        #expect(run.folded.count(of: "__libc_start_call_main") > 0, "\(object.name)")
        #expect(try statistics.count("frames.limited_modules.worker_crash") == 0, "\(object.name)")

        let symbolized = try await Flameback.run(
          ["symbolize", "--obj", path, "0x1100", "0x1200"], within: .seconds(30))
        #expect(
          symbolized.exit == .code(0) || symbolized.exit == .code(1),
          "\(object.name): \(symbolized)")
      }
    }
  }
}
