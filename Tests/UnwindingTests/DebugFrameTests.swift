// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import TestSupport
import Testing

@testable import Unwinding

/// Call frame information in `.debug_frame`, which serves where `.eh_frame` has none.
@Suite struct DebugFrameTests {
  private static let source = """
    void use(void *);
    int first(int size) { use(__builtin_alloca(size)); return size; }
    int second(int a, int b, int c) { int x[9] = {a, b, c}; use(x); return x[0] + x[8] + b + c; }
    """

  private func rows(_ options: [String], of function: String) throws -> [Row] {
    let folder = try TemporaryFolder()
    let image = try elfImage(try folder.compile(Self.source, ["-O2", "-nostdlib"] + options))
    let range = try #require(image.functions(named: [function])[function])
    return try UnwindTable(of: image).unpacked.filter { range.contains(UInt64($0.pc)) }.map {
      Row($0.pc - UInt32(range.lowerBound), $0.kind, rbp: $0.rbp, offset: $0.offset)
    }
  }

  @Test(arguments: ["first", "second"])
  func saysTheSameAsTheOther(function: String) throws {
    let usual = try rows(["-fasynchronous-unwind-tables"], of: function)
    #expect(usual.count > 2)
    for version in ["-gdwarf-3", "-gdwarf-4", "-gdwarf-5"] {
      #expect(try rows([version, "-fno-asynchronous-unwind-tables"], of: function) == usual)
    }
    #expect(throws: UnwindTableError.noEhFrame) {
      try rows(["-fno-asynchronous-unwind-tables"], of: function)
    }
  }

  /// A program whose start, from the C library, is in one section and whose own code in the other.
  @Test func fillsWhatTheOtherDoesNotDescribe() throws {
    let gap = RowKind.gap
    func packed(_ rows: [Row]) -> [UInt64] {
      rows.map {
        UnwindRow(pc: $0.pc, action: .init($0.kind, offset: $0.offset)).rawValue
      }
    }
    let first = [
      Row(0x100, RowKind.sp, offset: 1), Row(0x110, gap), Row(0x200, RowKind.sp, offset: 2),
      Row(0x210, gap),
    ]
    let second = [
      Row(0x80, RowKind.sp, offset: 9), Row(0x108, RowKind.sp, offset: 3), Row(0x120, RowKind.bp),
      Row(0x130, gap), Row(0x1f0, RowKind.sp, offset: 4), Row(0x220, gap),
    ]
    #expect(
      try JoinedRows.of(packed(first), packed(second))
        == packed([
          Row(0x80, RowKind.sp, offset: 9), Row(0x100, RowKind.sp, offset: 1),
          Row(0x110, RowKind.sp, offset: 3), Row(0x120, RowKind.bp), Row(0x130, gap),
          Row(0x1f0, RowKind.sp, offset: 4), Row(0x200, RowKind.sp, offset: 2),
          Row(0x210, RowKind.sp, offset: 4), Row(0x220, gap),
        ]))
    #expect(try JoinedRows.of(packed(first), []) == packed(first))
    #expect(try JoinedRows.of([], packed(second)) == packed(second))
  }
}
