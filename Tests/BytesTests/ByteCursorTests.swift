// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@Suite struct ByteCursorTests {
  private func uleb(_ bytes: [UInt8]) -> UInt64? {
    bytes.withUnsafeBytes { buffer in
      guard var cursor = ByteCursor(buffer) else { return nil }
      return cursor.uleb()
    }
  }

  private func sleb(_ bytes: [UInt8]) -> Int64? {
    bytes.withUnsafeBytes { buffer in
      guard var cursor = ByteCursor(buffer) else { return nil }
      return cursor.sleb()
    }
  }

  @Test(
    arguments: [
      ([0x00], 0), ([0x7f], 127), ([0x80, 0x01], 128), ([0xe5, 0x8e, 0x26], 624_485),
      ([0x85, 0x80, 0x00], 5),  // padded
      ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], .max),
    ] as [([UInt8], UInt64)])
  func unsigned(_ bytes: [UInt8], _ value: UInt64) {
    #expect(uleb(bytes) == value)
    #expect(uleb(bytes + [1]) == value)
    var encoded: [UInt8] = []
    LEB128.encode(value) { encoded.append($0) }
    #expect(encoded.count == LEB128.byteCount(of: value))
    #expect(uleb(encoded) == value)
  }

  @Test(
    arguments: [
      ([0x00], 0), ([0x3f], 63), ([0x40], -64), ([0x7f], -1), ([0xff, 0x00], 127),
      ([0x80, 0x7f], -128),
      ([0xc0, 0xbb, 0x78], -123_456), ([0xfe, 0xff, 0x7f], -2),
      ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00], .max),
      ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f], .min),
      ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40], -0x4000_0000_0000_0000),
    ] as [([UInt8], Int64)])
  func signed(_ bytes: [UInt8], _ value: Int64) {
    #expect(sleb(bytes) == value)
  }

  @Test(arguments: [
    [], [0x80], [0xff, 0xff], [UInt8](repeating: 0x80, count: 11),
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02],
  ])
  func integersThatAreCutOrTooLong(_ bytes: [UInt8]) {
    #expect(uleb(bytes) == nil)
    #expect(sleb(bytes) == nil)
  }

  @Test func staysInItsRange() throws {
    try ([1, 2, 3, 4, 5] as [UInt8]).withUnsafeBytes { buffer in
      var cursor = try #require(ByteCursor(buffer))
      let first = cursor.byte()
      #expect(first == 1)
      let two = cursor.slice(2)
      var slice = try #require(two)
      let inSlice = slice.load(UInt16.self)
      #expect(inSlice == 0x0302)
      #expect(slice.isAtEnd)
      let behindSlice = slice.byte()
      #expect(behindSlice == nil)
      let tooLong = cursor.load(UInt32.self)
      #expect(tooLong == nil)
      #expect(cursor.position == 3)
      let tooLongSlice = cursor.slice(3)
      #expect(tooLongSlice == nil)
      let hasSkipped = cursor.skip(.max)
      #expect(!hasSkipped)
      let last = cursor.load(UInt16.self)
      #expect(last == 0x0504)
    }
  }

  @Test func rangesOutsideOfTheBufferAreRefused() {
    ([1, 2, 3] as [UInt8]).withUnsafeBytes { buffer in
      #expect(ByteCursor(buffer, from: -1) == nil)
      #expect(ByteCursor(buffer, from: 4) == nil)
      #expect(ByteCursor(buffer, from: 2, to: 1) == nil)
      #expect(ByteCursor(buffer, to: 4) == nil)
      #expect(ByteCursor(buffer, from: 3)?.isAtEnd == true)
    }
  }

  @Test func textsEndAtANULOrAtTheEnd() throws {
    try Array("ab\0c".utf8).withUnsafeBytes { buffer in
      var cursor = try #require(ByteCursor(buffer))
      for expected in ["ab", "c", ""] {
        let text = cursor.text()
        #expect(String(decoding: text, as: UTF8.self) == expected)
      }
      #expect(cursor.isAtEnd)
    }
  }

  @Test func integersAreSkippedHoweverLongTheyAre() throws {
    let bytes = [UInt8](repeating: 0x80, count: 20) + [0, 7]
    try bytes.withUnsafeBytes { buffer in
      var cursor = try #require(ByteCursor(buffer))
      cursor.skipLEB()
      let next = cursor.byte()
      #expect(next == 7)
      cursor.skipLEB()
      #expect(cursor.isAtEnd)
    }
  }
}
