// SPDX-License-Identifier: Apache-2.0

/// The encoding of an address in `.eh_frame` and its header: DW_EH_PE_* of the Linux Standard Base
/// (Core, "DWARF Extensions"), as far as linkers for x86-64 use it.
struct PointerEncoding {
  /// The encoding's byte: the format in the low 4 bits, the base in the high ones.
  let rawValue: UInt8

  /// DW_EH_PE_absptr: 8 bytes, relative to nothing.
  static let absolute = PointerEncoding(rawValue: 0)

  /// Whether no value is written at all (DW_EH_PE_omit).
  var isOmitted: Bool { rawValue == 0xff }

  /// Reads an address.
  ///
  /// - Parameters:
  ///   - cursorBase: The address of the cursor's position zero, for addresses that are relative to
  ///     their own location.
  ///   - dataBase: The address that DW_EH_PE_datarel counts from. Only the header has one, its own:
  ///     for `.eh_frame` the x86-64 ABI names none, and libgcc has none.
  /// - Throws: `malformed` if the encoding is not supported, or the value is cut.
  @inline(__always)
  func address(
    from cursor: inout FrameCursor, cursorBase: UInt64, dataBase: UInt64? = nil
  ) throws(UnwindTableError) -> UInt64 {
    let base: UInt64
    switch rawValue & 0xf0 {
    case 0x00: base = 0
    case 0x10: base = cursorBase &+ UInt64(cursor.position)
    case 0x30:
      guard let dataBase else { throw .malformed }
      base = dataBase
    // Relative to text or to the function, aligned, or indirect: linkers do not use them.
    default: throw .malformed
    }
    return base &+ (try number(from: &cursor))
  }

  /// Reads a number in the format of these addresses, sign-extended, without adding a base.
  @inline(__always)
  func number(from cursor: inout FrameCursor) throws(UnwindTableError) -> UInt64 {
    switch rawValue & 0x0f {
    case 0x0b: UInt64(bitPattern: Int64(try cursor.load(Int32.self)))
    case 0x00, 0x04, 0x08, 0x0c: try cursor.load(UInt64.self)
    case 0x01: try cursor.uleb()
    case 0x02: UInt64(try cursor.load(UInt16.self))
    case 0x03: UInt64(try cursor.load(UInt32.self))
    case 0x09: UInt64(bitPattern: try cursor.sleb())
    case 0x0a: UInt64(bitPattern: Int64(try cursor.load(Int16.self)))
    default: throw .malformed
    }
  }
}
