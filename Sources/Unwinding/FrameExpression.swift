// SPDX-License-Identifier: Apache-2.0

/// A DWARF expression of call frame information, as far as a row of an unwind table can express it.
/// Expressions are recognised by their form; none is ever evaluated.
enum FrameExpression: Hashable {
  /// register + offset. Registers have their DWARF numbers, offsets are in bytes.
  case register(UInt8, offset: Int64)
  /// *(register + offset) + addend: gcc's realigned frames, OpenSSL's assembly.
  case dereferenced(UInt8, offset: Int64, addend: Int64)
  /// rsp + 8 + ((rip & 15) >= threshold) * 8: linkers write it for the entries of a PLT. The
  /// threshold is 0 to 15.
  case plt(threshold: UInt8)
  /// Any other expression: no row can express it.
  case other

  /// Recognises the expression that is the whole rest of a cursor; `other` if it is malformed.
  init(_ cursor: FrameCursor) {
    do throws(UnwindTableError) {
      self = try Self.recognised(in: cursor)
    } catch {
      self = .other
    }
  }

  private static func recognised(
    in whole: FrameCursor
  ) throws(UnwindTableError) -> FrameExpression {
    var cursor = whole
    let operation = try cursor.byte()
    // DW_OP_breg0 .. DW_OP_breg31
    guard case 0x70...0x8f = operation else { return .other }
    let register = operation - 0x70
    let offset = try cursor.sleb()
    if cursor.isAtEnd { return .register(register, offset: offset) }
    switch try cursor.byte() {
    case 0x06:  // DW_OP_deref
      let addend = try trailingAddend(&cursor)
      return .dereferenced(register, offset: offset, addend: addend)
    case 0x80 where register == 7 && offset == 8:  // DW_OP_breg16
      return try plt(&cursor)
    default:
      return .other
    }
  }

  /// Reads what is added to the dereferenced value: nothing, DW_OP_plus_uconst, or DW_OP_lit0 ..
  /// DW_OP_lit31 and DW_OP_plus.
  private static func trailingAddend(_ cursor: inout FrameCursor) throws(UnwindTableError) -> Int64
  {
    if cursor.isAtEnd { return 0 }
    let operation = try cursor.byte()
    var addend: UInt64
    switch operation {
    case 0x23: addend = try cursor.uleb()
    case 0x30...0x4f:
      addend = UInt64(operation - 0x30)
      guard try cursor.byte() == 0x22 else { throw .malformed }
    default: throw .malformed
    }
    guard cursor.isAtEnd, let addend = Int64(exactly: addend) else { throw .malformed }
    return addend
  }

  /// Reads the rest of the PLT expression, behind DW_OP_breg7 8, DW_OP_breg16: 0, DW_OP_lit15,
  /// DW_OP_and, DW_OP_lit(threshold), DW_OP_ge, DW_OP_lit3, DW_OP_shl, DW_OP_plus.
  private static func plt(_ cursor: inout FrameCursor) throws(UnwindTableError) -> FrameExpression {
    guard try cursor.sleb() == 0, try cursor.byte() == 0x3f, try cursor.byte() == 0x1a else {
      return .other
    }
    let literal = try cursor.byte()
    guard case 0x30...0x3f = literal, try cursor.byte() == 0x2a, try cursor.byte() == 0x33,
      try cursor.byte() == 0x24, try cursor.byte() == 0x22, cursor.isAtEnd
    else { return .other }
    return .plt(threshold: literal - 0x30)
  }
}
