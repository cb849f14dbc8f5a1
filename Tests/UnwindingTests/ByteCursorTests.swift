// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Unwinding

@Suite struct ByteCursorTests {
  private func read<Result>(
    _ bytes: [UInt8], _ body: (inout ByteCursor) throws(UnwindTableError) -> Result
  ) throws(UnwindTableError) -> Result {
    try bytes.withRawBytes { (buffer) throws(UnwindTableError) in
      var cursor = try ByteCursor(buffer)
      return try body(&cursor)
    }
  }

  @Test(
    arguments: [
      ([0x00], 0), ([0x7f], 127), ([0x80, 0x01], 128), ([0xe5, 0x8e, 0x26], 624_485),
      ([0x85, 0x80, 0x00], 5),  // padded
      ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], .max),
    ] as [([UInt8], UInt64)])
  func unsigned(_ bytes: [UInt8], _ value: UInt64) throws {
    #expect(try read(bytes) { (cursor) throws(UnwindTableError) in try cursor.uleb() } == value)
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
  func signed(_ bytes: [UInt8], _ value: Int64) throws {
    #expect(try read(bytes) { (cursor) throws(UnwindTableError) in try cursor.sleb() } == value)
  }

  @Test(arguments: [
    [], [0x80], [0xff, 0xff], [UInt8](repeating: 0x80, count: 11),
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02],
  ])
  func numbersThatAreNone(_ bytes: [UInt8]) {
    #expect(throws: UnwindTableError.malformed) {
      try read(bytes) { (cursor) throws(UnwindTableError) in try cursor.uleb() }
    }
    #expect(throws: UnwindTableError.malformed) {
      try read(bytes) { (cursor) throws(UnwindTableError) in try cursor.sleb() }
    }
  }

  @Test func staysInItsRange() throws {
    try read([1, 2, 3, 4, 5]) { (cursor) throws(UnwindTableError) in
      _ = try cursor.byte()
      var slice = try cursor.slice(2)
      #expect(try slice.load(UInt16.self) == 0x0302)
      #expect(slice.isAtEnd)
      #expect(throws: UnwindTableError.malformed) { try slice.byte() }
      #expect(throws: UnwindTableError.malformed) { try cursor.load(UInt32.self) }
      #expect(throws: UnwindTableError.malformed) { try cursor.slice(3) }
      #expect(throws: UnwindTableError.malformed) { try cursor.skip(.max) }
      #expect(try cursor.load(UInt16.self) == 0x0504)
    }
  }
}
