// SPDX-License-Identifier: Apache-2.0

import Testing

extension EndToEnd {
  /// Two profilers at once.
  @Suite struct SideBySideTests {
    @Test func bothAreRight() async throws {
      let split = try SampleProgram("split", ["4"])
      let arguments = ["-p", "\(split.pid)", "-F", "999"]
      async let first = RecordedRun(arguments)
      async let second = RecordedRun(arguments)
      for run in try await [first, second] {
        for output in run.outputs {
          expectShare(output.count(of: "path_a"), of: output.total, is: 0.6)
          expectShare(output.count(of: "path_b"), of: output.total, is: 0.3)
          expectShare(output.count(of: "path_c"), of: output.total, is: 0.1)
        }
      }
    }
  }
}
