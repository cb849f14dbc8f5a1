// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@Suite struct ByteReaderTests {
  let reader = ByteReader([1, 2, 3, 4, 5, 6, 7, 8, 9])

  @Test func numbersAreLittleEndianAndNeedNotBeAligned() {
    #expect(reader.load(UInt16.self, at: 1) == 0x0302)
    #expect(reader.load(UInt64.self, at: 1) == 0x0908_0706_0504_0302)
    #expect(reader.load(UInt8.self, at: 8) == 9)
  }

  @Test(arguments: [Int.min, -1, 2, 9, Int.max - 7, Int.max])
  func numbersOutsideAreNil(offset: Int) {
    #expect(reader.load(UInt64.self, at: offset) == nil)
    #expect(ByteReader([]).load(UInt8.self, at: offset) == nil)
  }

  @Test func slicesAreWholeOrNil() {
    #expect(reader.slice(at: 7, count: 2).map(Array.init) == [8, 9])
    #expect(reader.slice(at: 9, count: 0)?.isEmpty == true)
    #expect(reader.slice(at: 8, count: 2) == nil)
    #expect(reader.slice(at: 1, count: .max) == nil)
    #expect(reader.slice(at: -1, count: 1) == nil)
    #expect(reader.slice(at: 1, count: -1) == nil)
  }

  @Test func textsEndAtNulLimitOrEnd() {
    let reader = ByteReader(Array("abc\0def".utf8))
    #expect(reader.text(at: 0, limit: 10).map(Array.init) == Array("abc".utf8))
    #expect(reader.text(at: 0, limit: 2).map(Array.init) == Array("ab".utf8))
    #expect(reader.text(at: 4, limit: .max).map(Array.init) == Array("def".utf8))
    #expect(reader.text(at: 7, limit: 1) == nil)
    #expect(reader.text(at: -1, limit: 1) == nil)
  }
}
