// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import Testing

@Suite struct ByteSourceTests {
  @Test func sourcesGiveWholeRangesOnly() {
    let source = BytesInMemory([1, 2, 3])
    #expect(source.bytes(at: 1, count: 2) == [2, 3])
    #expect(source.bytes(at: 2, count: 2) == nil)
    #expect(source.bytes(at: .max, count: 2) == nil)
    #expect(source.bytes(at: 1, count: .max) == nil)
    #expect(source.bytes(at: 3, count: 0) == [])
  }
}
