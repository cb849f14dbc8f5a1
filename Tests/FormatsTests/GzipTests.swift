// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Formats

struct GzipTests {
  @Test(arguments: [0, 1, 100_000, 3_000_000])
  func gunzipGivesTheInputBack(size: Int) throws {
    // Hard to compress, so that the output is as long as it can get.
    var state: UInt32 = 1
    let input = (0..<size).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    let folder = try TemporaryFolder()
    let file = try folder.file("data.gz", try Gzip.compress(input))
    let result = try Tool.run("gzip", ["-dc", file])
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.output == input)
  }
}
