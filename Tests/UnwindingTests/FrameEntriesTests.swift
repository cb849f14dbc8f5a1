// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Unwinding

@Suite struct FrameEntriesTests {
  static func function(_ pc: UInt32) -> Row { Row(pc, RowKind.sp, offset: 1) }

  @Test func functionsAreSortedAndHolesAreGaps() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x3000, size: 0x10)
    frame.function(0x1000, size: 0x10)
    frame.function(0x1020, size: 0xf1, instructions: [0x0e, 16])  // 16 bytes on: a gap
    frame.function(0x1120, size: 0x10)  // 15 bytes on: padding
    frame.terminator()
    #expect(
      try UnwindTable(frame).unpacked == [
        Self.function(0x1000), Row(0x1010, RowKind.gap), Row(0x1020, RowKind.sp, offset: 2),
        Self.function(0x1120), Row(0x1130, RowKind.gap),
        Self.function(0x3000), Row(0x3010, RowKind.gap),
      ])
  }

  @Test func theFirstOfOverlappingFunctionsWins() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x1000, size: 0x100, instructions: [0x02, 0x80, 0x0e, 16])
    frame.function(0x1000, size: 0x80, instructions: [0x0e, 64])
    // Its row at 0x10c0 lies within the first, and holds behind it.
    frame.function(0x1040, size: 0x180, instructions: [0x02, 0x80, 0x0e, 24, 0x02, 0x80, 0x0e, 32])
    frame.function(0x1050, size: 0x10)
    let table = try UnwindTable(frame)
    #expect(
      table.unpacked == [
        Self.function(0x1000), Row(0x1080, RowKind.sp, offset: 2),
        Row(0x1100, RowKind.sp, offset: 3), Row(0x1140, RowKind.sp, offset: 4),
        Row(0x11c0, RowKind.gap),
      ])
    #expect(table.isStrictlyAscending)
  }

  @Test func droppedAndEmptyFunctionsAreNone() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0, size: 0x10_0000)
    frame.function(0x1000, size: 0)
    frame.function(0x2000, size: 16)
    let table = try UnwindTable(frame)
    #expect(table.unpacked == [Self.function(0x2000), Row(0x2010, RowKind.gap)])
    #expect(table.skippedEntries == 0)
  }

  /// The address and size of a function from 0x1000 to 0x1100, in each way to write it.
  static let encodings: [(UInt8, [UInt8])] = [
    (0x00, little(UInt64(0x1000)) + little(UInt64(0x100))),
    (0x01, [0x80, 0x20, 0x80, 0x02]),
    (0x02, little(UInt16(0x1000)) + little(UInt16(0x100))),
    (0x03, little(UInt32(0x1000)) + little(UInt32(0x100))),
    (0x04, little(UInt64(0x1000)) + little(UInt64(0x100))),
    (0x08, little(UInt64(0x1000)) + little(UInt64(0x100))),
    (0x09, [0x80, 0x20, 0x80, 0x02]),
    (0x0a, little(UInt16(0x1000)) + little(UInt16(0x100))),
    (0x0b, little(UInt32(0x1000)) + little(UInt32(0x100))),
    (0x0c, little(UInt64(0x1000)) + little(UInt64(0x100))),
  ]

  @Test(arguments: encodings)
  func absoluteAddresses(_ encoding: UInt8, _ range: [UInt8]) throws {
    var frame = FrameBytes()
    let common = frame.common(augmentationData: [encoding])
    frame.function(common: common, range: range)
    #expect(try UnwindTable(frame).unpacked == [Self.function(0x1000), Row(0x1100, RowKind.gap)])
  }

  @Test(arguments: encodings)
  func addressesRelativeToThemselves(_ encoding: UInt8, _ range: [UInt8]) throws {
    var frame = FrameBytes()
    let common = frame.common(augmentationData: [encoding | 0x10])
    let place = FrameBytes.address + UInt64(frame.bytes.count) + 8
    frame.function(common: common, range: range)
    let begin = UInt32(place) + 0x1000
    #expect(
      try UnwindTable(frame).unpacked == [Self.function(begin), Row(begin + 0x100, RowKind.gap)])
  }

  @Test func signedAddressesGoBackwards() throws {
    for (encoding, start) in [
      (0x19, [0x80, 0x60]), (0x1a, little(Int16(-0x1000))), (0x1b, little(Int32(-0x1000))),
      (0x1c, little(Int64(-0x1000))),
    ] as [(UInt8, [UInt8])] {
      var frame = FrameBytes()
      let common = frame.common(augmentationData: [encoding])
      let place = FrameBytes.address + UInt64(frame.bytes.count) + 8
      let size =
        [1]
        + [UInt8](repeating: 0, count: start.count == 2 && encoding == 0x19 ? 0 : start.count - 1)
      frame.function(common: common, range: start + size)
      #expect(
        try UnwindTable(frame).unpacked.first == Self.function(UInt32(place) - 0x1000),
        "encoding \(encoding)")
    }
  }

  /// Relative to text, data or functions, aligned, indirect, omitted, or of no known size.
  @Test(arguments: [0x2b, 0x3b, 0x4b, 0x50, 0x9b, 0xff, 0x05, 0x0d] as [UInt8])
  func otherEncodingsAreSkipped(_ encoding: UInt8) throws {
    var frame = FrameBytes()
    let usual = frame.common()
    let common = frame.common(augmentationData: [encoding])
    frame.function(common: common, range: little(UInt64(0x1000)) + little(UInt64(0x100)))
    frame.function(0x3000, size: 16, common: usual)
    let table = try UnwindTable(frame)
    #expect(table.unpacked == [Self.function(0x3000), Row(0x3010, RowKind.gap)])
    #expect(table.skippedEntries == 1)
  }

  @Test(
    arguments: [
      ("", [], nil), ("zR", [0x1b], []), ("zPLR", [0x9b, 1, 2, 3, 4, 0x1b, 0x1b], [9, 9, 9, 9]),
      ("zRL", [0x1b, 0x1b], [9, 9, 9, 9]), ("zPR", [0xff, 0x1b], []),
      ("zPR", [0x00, 1, 2, 3, 4, 5, 6, 7, 8, 0x1b], []),
      ("zRB", [0x1b], []), ("zRXP", [0x1b, 7, 7, 7], []),
    ] as [(String, [UInt8], [UInt8]?)])
  func augmentations(_ letters: String, _ data: [UInt8], _ functionData: [UInt8]?) throws {
    var frame = FrameBytes()
    let common = frame.common(augmentation: letters, augmentationData: data)
    if letters.isEmpty {
      frame.function(
        common: common, range: little(UInt64(0x1000)) + little(UInt64(0x100)),
        augmentationData: nil)
    } else {
      frame.function(0x1000, size: 0x100, common: common, augmentationData: functionData)
    }
    let table = try UnwindTable(frame)
    #expect(table.unpacked == [Self.function(0x1000), Row(0x1100, RowKind.gap)])
    #expect(table.skippedEntries == 0)
  }

  @Test func versions() throws {
    for (version, isRead) in [(1, true), (3, true), (0, false), (2, false), (4, false), (5, false)]
      as [(UInt8, Bool)]
    {
      var frame = FrameBytes()
      let common = frame.common(version: version)
      frame.function(0x1000, size: 16, common: common)
      if isRead {
        #expect(try UnwindTable(frame).unpacked.first == Self.function(0x1000))
      } else {
        #expect(throws: UnwindTableError.malformed) { try UnwindTable(frame) }
      }
    }
  }

  /// Each costs the shared entry and the function that refers to it, and no other.
  @Test func sharedEntriesThatCannotBeRead() throws {
    let broken: [(inout FrameBytes) -> Int] = [
      { $0.common(augmentation: "eh") },
      { $0.common(augmentation: "R") },
      { $0.common(code: [0]) },
      { $0.common(code: [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]) },
      { $0.common(returnAddress: 17) },
      { $0.common(augmentationData: []) },
      { $0.common(augmentation: "zP", augmentationData: [0x1b, 0]) },
      { $0.common(instructions: [0x41]) },
      { $0.common(instructions: [0x3f]) },
      { $0.entry([0, 0, 0, 0, 1] + Array(repeating: UInt8(ascii: "z"), count: 300)) },
      { $0.entry([0, 0, 0, 0]) },
    ]
    for (index, write) in broken.enumerated() {
      var frame = FrameBytes()
      let common = write(&frame)
      frame.function(0x1000, size: 16, common: common)
      let usual = frame.common()
      frame.function(0x3000, size: 16, common: usual)
      let table = try UnwindTable(frame)
      #expect(
        table.unpacked == [Self.function(0x3000), Row(0x3010, RowKind.gap)], "entry \(index)")
      #expect(table.skippedEntries == 2, "entry \(index)")
    }
  }

  @Test func functionsOnlyReferToSharedEntries() throws {
    var frame = FrameBytes()
    let common = frame.common()
    let other = frame.function(0x1000, size: 16, common: common)
    frame.function(0x2000, size: 16, common: other)
    frame.function(0x3000, size: 16, common: frame.bytes.count)  // itself
    frame.function(0x4000, size: 16, common: 2)  // into one
    frame.function(0x5000, size: 16, common: -100_000)
    let table = try UnwindTable(frame)
    #expect(table.unpacked == [Self.function(0x1000), Row(0x1010, RowKind.gap)])
    #expect(table.skippedEntries == 4)
  }

  @Test func addressesAbove4GiBAreSkipped() throws {
    var frame = FrameBytes()
    let common = frame.common(augmentationData: [0x04])
    for (begin, size) in [
      (0x1_0000_0000, 16), (0xffff_fff0, 16), (UInt64.max, 16), (0x1000, UInt64.max), (0x2000, 16),
    ] as [(UInt64, UInt64)] {
      frame.function(common: common, range: little(begin) + little(size))
    }
    let table = try UnwindTable(frame)
    #expect(table.unpacked == [Self.function(0x2000), Row(0x2010, RowKind.gap)])
    #expect(table.skippedEntries == 4)
  }

  @Test func readingEndsAtTheTerminatorUnlessMoreIsExpected() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x1000, size: 16)
    frame.terminator()
    frame.function(0x2000, size: 16)
    #expect(try UnwindTable(frame).unpacked.last == Row(0x1010, RowKind.gap))
    #expect(try UnwindTable(frame, functionCount: 1).unpacked.last == Row(0x1010, RowKind.gap))
    #expect(try UnwindTable(frame, functionCount: 2).unpacked.last == Row(0x2010, RowKind.gap))
    #expect(try UnwindTable(frame, functionCount: .max).unpacked.last == Row(0x2010, RowKind.gap))
  }

  @Test func entriesOf64BitsAreSkipped() throws {
    var frame = FrameBytes()
    frame.common()
    frame.raw([0xff, 0xff, 0xff, 0xff] + little(UInt64(4)) + [0, 0, 0, 0])
    frame.function(0x1000, size: 16)
    frame.raw([0xff, 0xff, 0xff, 0xff] + little(UInt64.max) + [0, 0, 0, 0])
    let table = try UnwindTable(frame)
    #expect(table.unpacked == [Self.function(0x1000), Row(0x1010, RowKind.gap)])
    #expect(table.skippedEntries == 1)
  }

  @Test func aLengthBeyondTheEndEndsTheReading() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x1000, size: 16)
    frame.raw(little(UInt32(0xffff_fff0)) + [1, 2, 3])
    #expect(
      try UnwindTable(frame).unpacked == [Self.function(0x1000), Row(0x1010, RowKind.gap)])
  }

  @Test func nothingIsNoTable() throws {
    #expect(throws: UnwindTableError.noEhFrame) { try UnwindTable(FrameBytes()) }
    var frame = FrameBytes()
    frame.terminator()
    #expect(throws: UnwindTableError.noEhFrame) { try UnwindTable(frame) }
    frame.raw([1, 0, 0, 0, 9])
    #expect(throws: UnwindTableError.malformed) { try UnwindTable(frame, functionCount: 1) }
  }

  /// Cut anywhere, it gives the functions that are whole, and never traps.
  @Test func cutAtEveryByte() throws {
    var frame = FrameBytes()
    let common = frame.common(
      version: 3, augmentation: "zPLR", augmentationData: [0x9b, 1, 2, 3, 4, 0x1b, 0x1b])
    var ends: [Int] = []
    for index in 0..<4 {
      frame.function(
        0x1000 + UInt64(index) * 0x100, size: 0x80, common: common,
        augmentationData: [1, 2, 3, 4],
        instructions: [0x41, 0x0e, 16, 0x86, 2, 0x03, 1, 0, 0x0e, 24])
      ends.append(frame.bytes.count)
    }
    for count in 0...frame.bytes.count {
      let cut = EhFrame(bytes: Array(frame.bytes[..<count]), address: FrameBytes.address)
      let whole = ends.filter { $0 <= count }.count
      guard whole > 0 else {
        #expect(throws: UnwindTableError.self) { try UnwindTable([cut]) }
        continue
      }
      let table = try UnwindTable([cut])
      // Three rows and a gap each.
      #expect(table.rows.count == 4 * whole, "\(count) bytes")
      #expect(table.isStrictlyAscending)
    }
  }
}
