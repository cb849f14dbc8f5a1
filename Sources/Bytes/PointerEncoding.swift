// SPDX-License-Identifier: Apache-2.0

/// The encoding of an address in `.eh_frame` and its header: DW_EH_PE_* of the Linux Standard Base
/// (Core, "DWARF Extensions"), as far as linkers for x86-64 use it.
public struct PointerEncoding: Hashable, Sendable {
  /// The encoding's byte: the format in the low 4 bits, the base in the high ones.
  public let rawValue: UInt8

  /// Creates the encoding that a byte stands for. Any byte is accepted; reading returns nil for
  /// encodings that are not supported.
  @inlinable
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// DW_EH_PE_absptr: 8 bytes, relative to nothing.
  public static let absolute = PointerEncoding(rawValue: 0)

  /// Whether no value is written at all (DW_EH_PE_omit).
  @inlinable public var isOmitted: Bool { rawValue == 0xff }

  /// Reads an address.
  ///
  /// - Parameters:
  ///   - cursorBase: The address of the cursor's position zero, for addresses that are relative to
  ///     their own location.
  ///   - dataBase: The address that DW_EH_PE_datarel counts from. Only the header has one, its own:
  ///     for `.eh_frame` the x86-64 ABI names none, and libgcc has none.
  /// - Returns: Nil if the encoding is not supported, or the value is cut.
  @inlinable @inline(__always)
  public func address(
    from cursor: inout ByteCursor, cursorBase: UInt64, dataBase: UInt64? = nil
  ) -> UInt64? {
    let base: UInt64
    switch rawValue & 0xf0 {
    case 0x00: base = 0
    case 0x10: base = cursorBase &+ UInt64(cursor.position)
    case 0x30:
      guard let dataBase else { return nil }
      base = dataBase
    // Relative to text or to the function, aligned, or indirect: linkers do not use them.
    default: return nil
    }
    guard let number = number(from: &cursor) else { return nil }
    return base &+ number
  }

  /// Reads a number in the format of these addresses, sign-extended, without adding a base.
  ///
  /// - Returns: Nil if the format is not supported, or the number is cut.
  @inlinable @inline(__always)
  public func number(from cursor: inout ByteCursor) -> UInt64? {
    switch rawValue & 0x0f {
    case 0x0b: cursor.load(Int32.self).map { UInt64(bitPattern: Int64($0)) }
    case 0x00, 0x04, 0x08, 0x0c: cursor.load(UInt64.self)
    case 0x01: cursor.uleb()
    case 0x02: cursor.load(UInt16.self).map { UInt64($0) }
    case 0x03: cursor.load(UInt32.self).map { UInt64($0) }
    case 0x09: cursor.sleb().map { UInt64(bitPattern: $0) }
    case 0x0a: cursor.load(Int16.self).map { UInt64(bitPattern: Int64($0)) }
    default: nil
    }
  }
}
