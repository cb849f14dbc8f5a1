// SPDX-License-Identifier: Apache-2.0

import CShims
import Testing

@testable import Unwinding

/// One function from 0x1000 to 0x2000 whose instructions start with CFA = rsp + 8 and a code factor
/// of 1, a data factor of -8.
@Suite struct CallFrameInterpreterTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var instructions: [UInt8]
    var rows: [Row]

    init(_ name: String, _ instructions: [UInt8], _ rows: [Row]) {
      testDescription = name
      self.instructions = instructions
      self.rows = rows
    }

    /// A single row.
    init(_ name: String, _ instructions: [UInt8], _ kind: UInt32, rbp: Int8 = 0, offset: UInt16 = 0)
    {
      self.init(name, instructions, [Row(0x1000, kind, rbp: rbp, offset: offset)])
    }
  }

  static let advances: [Case] = [
    Case(
      "advance_loc", [0x41, 0x0e, 16],
      [Row(0x1000, RowKind.sp, offset: 1), Row(0x1001, RowKind.sp, offset: 2)]),
    Case(
      "advance_loc1", [0x02, 0xff, 0x0e, 16],
      [Row(0x1000, RowKind.sp, offset: 1), Row(0x10ff, RowKind.sp, offset: 2)]),
    Case(
      "advance_loc2", [0x03, 0x34, 0x02, 0x0e, 16],
      [Row(0x1000, RowKind.sp, offset: 1), Row(0x1234, RowKind.sp, offset: 2)]),
    Case(
      "advance_loc4", [0x04, 0xab, 0x0a, 0, 0, 0x0e, 16],
      [Row(0x1000, RowKind.sp, offset: 1), Row(0x1aab, RowKind.sp, offset: 2)]),
    Case("advance by nothing", [0x40, 0x0e, 16], RowKind.sp, offset: 2),
    Case("advance out of the function", [0x03, 0, 0x10, 0x0e, 16], RowKind.sp, offset: 1),
    Case(
      "advance as far as there is", [0x04, 255, 255, 255, 255, 0x0e, 16], RowKind.sp, offset: 1),
    Case(
      "equal rows are one", [0x41, 0x0e, 16, 0x41, 0x2e, 32, 0x41, 0x0e, 24],
      [
        Row(0x1000, RowKind.sp, offset: 1), Row(0x1001, RowKind.sp, offset: 2),
        Row(0x1003, RowKind.sp, offset: 3),
      ]),
    Case(
      "remember_state, restore_state",
      [0x41, 0x0e, 16, 0x86, 2, 0x41, 0x0a, 0xc6, 0x0e, 8, 0x41, 0x0b],
      [
        Row(0x1000, RowKind.sp, offset: 1), Row(0x1001, RowKind.sp, rbp: -2, offset: 2),
        Row(0x1002, RowKind.sp, offset: 1), Row(0x1003, RowKind.sp, rbp: -2, offset: 2),
      ]),
    Case(
      "states nest",
      [0x0a, 0x0e, 16, 0x0a, 0x0e, 24, 0x41, 0x0b, 0x41, 0x0b],
      [
        Row(0x1000, RowKind.sp, offset: 3), Row(0x1001, RowKind.sp, offset: 2),
        Row(0x1002, RowKind.sp, offset: 1),
      ]),
  ]

  static let frameAddresses: [Case] = [
    Case("nothing", [], RowKind.sp, offset: 1),
    Case("nop", [0, 0, 0], RowKind.sp, offset: 1),
    Case("def_cfa", [0x0c, 6, 16], RowKind.bp, offset: 2),
    Case("def_cfa_register", [0x0e, 16, 0x0d, 6], RowKind.bp, offset: 2),
    Case("def_cfa_offset", [0x0e, 0x80, 0x01], RowKind.sp, offset: 16),
    Case("def_cfa_sf", [0x12, 6, 0x7e], RowKind.bp, offset: 2),
    Case("def_cfa_offset_sf", [0x13, 0x7d], RowKind.sp, offset: 3),
    Case("another register", [0x0c, 10, 0], RowKind.register(10)),
    Case("largest offset", [0x0e, 0xf8, 0xff, 0x1f], RowKind.sp, offset: 65535),
    Case("offset too large", [0x0e, 0x80, 0x80, 0x20], RowKind.doesNotFit),
    Case("offset not of words", [0x0e, 12], RowKind.doesNotFit),
    Case("offset below the register", [0x13, 1], RowKind.doesNotFit),
    Case("no register of the processor", [0x0c, 17, 8], RowKind.unsupportedRegister),
    Case("register 2^35", [0x0c, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 8], RowKind.unsupportedRegister),
    Case("GNU_args_size", [0x2e, 0x80, 0x01], RowKind.sp, offset: 1),
    Case("expression rsp + 24", [0x0f, 2, 0x77, 24], RowKind.sp, offset: 3),
    Case(
      "expression *(rbp - 8)", [0x0f, 3, 0x76, 0x78, 6], RowKind.dereferencedBP, offset: 0xffc0),
    Case(
      "expression *(rsp + 536) + 56", [0x0f, 6, 0x77, 0x98, 0x04, 6, 0x23, 56],
      RowKind.dereferencedSP, offset: 67 << 6 | 7),
    Case(
      "expression *(rsp + 16) + 8 by plus", [0x0f, 5, 0x77, 16, 6, 0x38, 0x22],
      RowKind.dereferencedSP, offset: 2 << 6 | 1),
    Case("expression *(rsp + 4096)", [0x0f, 4, 0x77, 0x80, 0x20, 6], RowKind.doesNotFit),
    Case("expression *(r10)", [0x0f, 3, 0x7a, 0, 6], RowKind.unsupportedExpression),
    Case("empty expression", [0x0f, 0], RowKind.unsupportedExpression),
    Case(
      "expression of a PLT",
      [0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22],
      RowKind.plt, offset: 11),
    Case(
      "expression of a PLT with endbr",
      [0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3a, 0x2a, 0x33, 0x24, 0x22],
      RowKind.plt, offset: 10),
    Case(
      "expression like a PLT's, but for an operation",
      [0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2b, 0x33, 0x24, 0x22],
      RowKind.unsupportedExpression),
    Case("register after an expression", [0x0f, 3, 0x77, 0, 6, 0x0d, 6], RowKind.bp, offset: 1),
  ]

  static let savedRegisters: [Case] = [
    Case("offset", [0x86, 2], RowKind.sp, rbp: -2, offset: 1),
    Case("offset_extended", [0x05, 6, 3], RowKind.sp, rbp: -3, offset: 1),
    Case("offset_extended_sf", [0x11, 6, 0x7e], RowKind.sp, rbp: 2, offset: 1),
    Case("GNU_negative_offset_extended", [0x2f, 6, 2], RowKind.sp, rbp: 2, offset: 1),
    Case("restore", [0x86, 2, 0xc6], RowKind.sp, offset: 1),
    Case("restore_extended", [0x86, 2, 0x06, 6], RowKind.sp, offset: 1),
    Case("same_value", [0x86, 2, 0x08, 6], RowKind.sp, offset: 1),
    Case("undefined", [0x86, 2, 0x07, 6], RowKind.sp, offset: 1),
    Case("in another register", [0x09, 6, 12], RowKind.oddRBP),
    Case("val_offset", [0x14, 6, 2], RowKind.oddRBP),
    Case("val_offset_sf", [0x15, 6, 0x7e], RowKind.oddRBP),
    Case("val_expression", [0x16, 6, 2, 0x77, 0], RowKind.oddRBP),
    Case("expression *rbp", [0x10, 6, 2, 0x76, 0], RowKind.sp, rbp: 127, offset: 1),
    Case("expression *(rbp + 8)", [0x10, 6, 2, 0x76, 8], RowKind.oddRBP),
    Case("rbp at the CFA", [0x86, 0], RowKind.oddRBP),
    Case("rbp as far as it fits", [0x86, 127], RowKind.sp, rbp: -127, offset: 1),
    Case("rbp too far", [0x86, 0x80, 0x01], RowKind.doesNotFit),
    Case("rbp above, as far as it fits", [0x11, 6, 0x82, 0x7f], RowKind.sp, rbp: 126, offset: 1),
    Case("rbp above, too far", [0x11, 6, 0x81, 0x7f], RowKind.doesNotFit),
    Case("registers that no row has", [0x83, 2, 0x8f, 7, 0x05, 99, 4], RowKind.sp, offset: 1),
    Case("return address undefined", [0x07, 16], RowKind.end),
    Case("return address elsewhere", [0x90, 2], RowKind.oddReturnAddress),
    Case("return address in a register", [0x09, 16, 5], RowKind.returnRegister(5), offset: 1),
    Case("return address in none", [0x09, 16, 16], RowKind.oddReturnAddress),
    Case(
      "return address in a register, rbp saved", [0x86, 2, 0x09, 16, 5], RowKind.oddReturnAddress),
    Case("return address as it was", [0x08, 16], RowKind.oddReturnAddress),
    Case("rsp saved", [0x87, 3], RowKind.unsupportedRegister),
  ]

  @Test(arguments: advances + frameAddresses + savedRegisters)
  func givesRows(_ test: Case) throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x1000, size: 0x1000, instructions: test.instructions)
    let table = try UnwindTable(frame)
    #expect(table.unpacked == test.rows + [Row(0x2000, RowKind.gap)])
    #expect(table.skippedEntries == 0)
  }

  /// What cannot be read is a gap, from where it starts to hold; what was before stays.
  @Test(
    arguments: [
      [0x17], [0x1c], [0x2d], [0x3f],  // no such instruction
      [0x0b],  // no state remembered
      [0x0e], [0x86], [0x02], [0x03, 1], [0x04, 1, 1, 1], [0x0c, 7], [0x01, 0],  // cut short
      [0x0e, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],  // endless number
      [0x0e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],  // 2^64 - 1
      [0x05, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],  // -8 times 2^63 - 1
      [0x11, 6, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f],  // -8 times -2^63
      [0x0f, 200, 0x77], [0x0f, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x77],  // expression longer than all
      [0x01, 0, 0, 0xf0, 0xff],  // set_loc, backwards
    ] as [[UInt8]])
  func brokenInstructionsEndInAGap(_ instructions: [UInt8]) throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x1000, size: 0x1000, instructions: [0x44] + instructions)
    frame.function(0x3000, size: 0x1000)
    let table = try UnwindTable(frame)
    #expect(
      table.unpacked == [
        Row(0x1000, RowKind.sp, offset: 1), Row(0x1004, RowKind.gap),
        Row(0x3000, RowKind.sp, offset: 1), Row(0x4000, RowKind.gap),
      ])
    #expect(table.skippedEntries == 1)
  }

  @Test func statesDoNotNestForEver() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x1000, size: 16, instructions: Array(repeating: 0x0a, count: 32))
    frame.function(0x2000, size: 16, instructions: Array(repeating: 0x0a, count: 20_000))
    let table = try UnwindTable(frame)
    #expect(table.skippedEntries == 1)
    #expect(
      table.unpacked == [
        Row(0x1000, RowKind.sp, offset: 1), Row(0x1010, RowKind.gap),
      ])
  }

  @Test func factorsAreThoseOfTheSharedEntry() throws {
    var frame = FrameBytes()
    frame.common(code: [4], data: [0x70])  // 4, -16
    frame.function(0x1000, size: 0x1000, instructions: [0x42, 0x0e, 16, 0x86, 1])
    #expect(
      try UnwindTable(frame).unpacked == [
        // The return address is at -16, too.
        Row(0x1000, RowKind.oddReturnAddress), Row(0x2000, RowKind.gap),
      ])
  }

  @Test func restoreGoesBackToTheSharedRules() throws {
    var frame = FrameBytes()
    frame.common(instructions: [0x0c, 7, 16, 0x90, 1, 0x86, 2])
    frame.function(0x1000, size: 0x1000, instructions: [0x08, 6, 0x42, 0xc6])
    #expect(
      try UnwindTable(frame).unpacked == [
        Row(0x1000, RowKind.sp, offset: 2), Row(0x1002, RowKind.sp, rbp: -2, offset: 2),
        Row(0x2000, RowKind.gap),
      ])
  }

  @Test func setLocationGoesForward() throws {
    var frame = FrameBytes()
    frame.common(augmentationData: [0x00])
    frame.function(
      common: 0, range: little(UInt64(0x1000)) + little(UInt64(0x1000)),
      instructions: [0x01] + little(UInt64(0x1800)) + [0x0e, 16])
    #expect(
      try UnwindTable(frame).unpacked == [
        Row(0x1000, RowKind.sp, offset: 1), Row(0x1800, RowKind.sp, offset: 2),
        Row(0x2000, RowKind.gap),
      ])
  }

  /// The frame that the kernel makes, as glibc describes it.
  static let userContext: [UInt8] =
    [0x0f, 4, 0x77, 0xa0, 0x01, 0x06]  // CFA = *(rsp + 160)
    + [0x10, 16, 3, 0x77, 0xa8, 0x01]  // rip at rsp + 168
    + [0x10, 7, 3, 0x77, 0xa0, 0x01]  // rsp at rsp + 160
    + [0x10, 6, 3, 0x77, 0xf8, 0x00]  // rbp at rsp + 120

  @Test func signalFramesAreRecognised() throws {
    var frame = FrameBytes()
    frame.common(augmentation: "zRS")
    frame.function(0x1000, size: 16, instructions: Self.userContext)
    // Not the frame of the kernel.
    frame.function(0x1010, size: 16, instructions: Self.userContext + [0x10, 16, 2, 0x77, 8])
    #expect(
      try UnwindTable(frame).unpacked == [
        Row(0x1000, RowKind.signal), Row(0x1010, RowKind.unsupportedExpression),
        Row(0x1020, RowKind.gap),
      ])
  }

  @Test func onlySignalFramesAreTakenForSuch() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x1000, size: 16, instructions: Self.userContext)
    #expect(try UnwindTable(frame).unpacked.first == Row(0x1000, RowKind.oddReturnAddress))
  }
}
