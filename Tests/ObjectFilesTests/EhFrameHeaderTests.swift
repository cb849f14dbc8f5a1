// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ObjectFiles

@Suite struct EhFrameHeaderTests {
  @Test func asLinkersWriteIt() throws {
    // pcrel | sdata4, udata4, datarel | sdata4
    let header = try #require(
      EhFrameHeader(
        [1, 0x1b, 0x03, 0x3b] + little(Int32(-0x104)) + little(UInt32(77)) + [1, 2, 3],
        address: 0x2000))
    #expect(header.ehFrame == 0x1f00)
    #expect(header.functionCount == 77)
    #expect(header.tableOffset == 12)
  }

  @Test func relativeToItself() throws {
    let header = try #require(
      EhFrameHeader(
        [1, 0x3b, 0x04, 0x3b] + little(Int32(0x100)) + little(UInt64(7)), address: 0x2000))
    #expect(header.ehFrame == 0x2100)
    #expect(header.functionCount == 7)
    #expect(header.tableOffset == 16)
  }

  @Test func withoutATable() throws {
    let header = try #require(
      EhFrameHeader([1, 0x03, 0xff, 0xff] + little(UInt32(0x4000)), address: 0x2000))
    #expect(header.ehFrame == 0x4000)
    #expect(header.functionCount == nil)
    #expect(header.tableOffset == nil)
  }

  @Test(
    arguments: [
      [], [1], [2, 0x1b, 0x03, 0x3b, 0, 0, 0, 0, 1, 0, 0, 0], [1, 0xff, 0x03, 0x3b, 1, 0, 0, 0],
      [1, 0x1b, 0x03, 0x3b, 0, 0, 0], [1, 0x1b, 0x03, 0x3b, 0, 0, 0, 0, 1, 0, 0],
      [1, 0x9b, 0x03, 0x3b, 0, 0, 0, 0, 1, 0, 0, 0], [1, 0x05, 0x03, 0x3b, 0, 0, 0, 0, 1, 0, 0, 0],
    ] as [[UInt8]])
  func broken(_ bytes: [UInt8]) {
    #expect(EhFrameHeader(bytes, address: 0x2000) == nil)
  }
}

func little(_ number: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
