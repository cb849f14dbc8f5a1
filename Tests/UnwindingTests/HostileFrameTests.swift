// SPDX-License-Identifier: Apache-2.0

import LibdwOracle
import Testing

@testable import Unwinding

/// What would hang or fill the memory of a reader that believes it.
@Suite struct HostileFrameTests {
  @Test func rowsAreBounded() throws {
    var frame = FrameBytes()
    frame.common()
    // A row every two bytes, of 16 MB: 5.5 M.
    let pattern: [UInt8] = [0x41, 0x0e, 16, 0x41, 0x0e, 24]
    let count = UInt32(UnwindTable.mostRows + 100)
    var instructions: [UInt8] = []
    instructions.reserveCapacity(Int(count) * 3)
    for _ in 0..<count / 2 { instructions += pattern }
    frame.function(0x1000, size: count, instructions: instructions)
    #expect(throws: UnwindTableError.tooLarge) { try UnwindTable(frame) }
  }

  @Test func sharedEntriesAreBounded() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x1000, size: 16)
    for _ in 1..<FrameEntries.mostCommons { frame.common() }
    let last = frame.common()
    frame.function(0x2000, size: 16, common: last)
    let table = try UnwindTable(frame)
    #expect(table.unpacked == [Row(0x1000, RowKind.sp, offset: 1), Row(0x1010, RowKind.gap)])
    #expect(table.skippedEntries == 2)
  }

  @Test func terminatorsWithoutEnd() throws {
    let zeros = EhFrame(
      bytes: [UInt8](repeating: 0, count: 1 << 20), address: 0, functionCount: .max)
    #expect(throws: UnwindTableError.noEhFrame) { try UnwindTable([zeros]) }
  }

  /// Whatever is changed in it, there is a table with ascending rows, or an error.
  @Test func changedAtRandom() throws {
    var frame = FrameBytes()
    frame.common()
    let signal = frame.common(augmentation: "zRS")
    for test in CallFrameInterpreterTests.advances + CallFrameInterpreterTests.frameAddresses
      + CallFrameInterpreterTests.savedRegisters
    {
      frame.function(
        0x1000 + UInt64(frame.bytes.count) * 8, size: 100, instructions: test.instructions)
    }
    frame.function(
      0x90_0000, size: 9, common: signal, instructions: CallFrameInterpreterTests.userContext)
    frame.terminator()
    var generator = SeededGenerator(seed: 7)
    var tables = 0
    for _ in 0..<3000 {
      var bytes = frame.bytes
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
          [
            0, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &generator),
          ].randomElement(using: &generator) ?? 0
      }
      guard
        let table = try? UnwindTable(
          [EhFrame(bytes: bytes, address: FrameBytes.address, functionCount: generator.next())])
      else { continue }
      tables += 1
      #expect(table.isStrictlyAscending)
      #expect(table.unpacked.last?.kind == RowKind.gap)
    }
    #expect(tables > 1000)
  }
}
