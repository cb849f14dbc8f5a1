// SPDX-License-Identifier: Apache-2.0

/// A position in a range of untrusted bytes, which advances with each read.
///
/// Reads return nil where the range does not hold what they read, and then leave the position where
/// it was, or behind the bytes of a LEB128 integer that is not valid. Nothing outside of the range is
/// accessed. What a parser does about nil is its own rule: throw, or continue with 0.
///
/// The bytes are a raw buffer, since parsers read millions of integers of one to three bytes, and an
/// array's accessors cost several times as much as the reading. The cursor must not outlive the
/// `withUnsafeBytes` that the buffer came from. All access is in `load`, `byte`, `text` and `LEB128`,
/// which compare with `end` first; `init` compares `end` with the buffer.
public struct ByteCursor {
  @usableFromInline let bytes: UnsafeRawBufferPointer
  @usableFromInline var offset: Int
  /// Offset in the buffer of the first byte that is not part of the range.
  public let end: Int

  /// Offset of the next read in the buffer, in bytes: at most `end`.
  @inlinable
  public var position: Int {
    @inline(__always) get { offset }
  }

  /// A cursor over the bytes from `start` up to `end`, or to the buffer's end. Nil where that range
  /// does not lie inside the buffer.
  @inlinable
  public init?(_ bytes: UnsafeRawBufferPointer, from start: Int = 0, to end: Int? = nil) {
    let end = end ?? bytes.count
    guard 0 <= start, start <= end, end <= bytes.count else { return nil }
    self.bytes = bytes
    offset = start
    self.end = end
  }

  /// A cursor over the bytes from `start` up to `end`, both limited to what the buffer has. One whose
  /// start does not lie before its end is at its end.
  @inlinable
  public init(_ bytes: UnsafeRawBufferPointer, limiting start: Int, to end: Int) {
    self.bytes = bytes
    self.end = max(0, min(end, bytes.count))
    offset = start >= 0 && start <= self.end ? start : self.end
  }

  /// Whether no byte is left.
  @inlinable
  public var isAtEnd: Bool {
    @inline(__always) get { offset >= end }
  }

  /// Moves to the end, so that all further reads return nil.
  @inlinable
  public mutating func moveToEnd() { offset = end }

  /// Reads a little-endian integer of fixed size; nil where fewer bytes are left.
  @inlinable @inline(__always)
  public mutating func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type
  ) -> Number? {
    guard MemoryLayout<Number>.size <= end - offset else { return nil }
    let number = bytes.loadUnaligned(fromByteOffset: position, as: Number.self)
    offset += MemoryLayout<Number>.size
    return Number(littleEndian: number)
  }

  /// Reads one byte; nil at the end.
  @inlinable @inline(__always)
  public mutating func byte() -> UInt8? {
    guard offset < end else { return nil }
    let byte = bytes[offset]
    offset += 1
    return byte
  }

  /// Reads an unsigned LEB128 integer; nil where it is not valid: see
  /// ``LEB128/unsigned(in:at:to:)``.
  @inlinable @inline(__always)
  public mutating func uleb() -> UInt64? { LEB128.unsigned(in: bytes, at: &offset, to: end) }

  /// Reads a signed LEB128 integer; nil where it is not valid: see ``LEB128/signed(in:at:to:)``.
  @inlinable @inline(__always)
  public mutating func sleb() -> Int64? { LEB128.signed(in: bytes, at: &offset, to: end) }

  /// Advances behind a LEB128 integer of any length, or to the end where it does not end before.
  @inlinable
  public mutating func skipLEB() {
    while offset < end, bytes[offset] >= 0x80 { offset += 1 }
    if offset < end { offset += 1 }
  }

  /// Advances by `count` bytes. False, without moving, where fewer are left.
  @inlinable @inline(__always)
  public mutating func skip(_ count: UInt64) -> Bool {
    guard count <= UInt64(end - offset) else { return false }
    offset += Int(count)
    return true
  }

  /// A cursor over the next `count` bytes, which this one skips; nil, without moving, where fewer
  /// are left.
  @inlinable
  public mutating func slice(_ count: UInt64) -> ByteCursor? {
    let start = offset
    return skip(count) ? ByteCursor(bytes, from: start, to: offset) : nil
  }

  /// The bytes up to a NUL, which is skipped, or up to the end where there is no NUL.
  @inlinable
  public mutating func text() -> UnsafeRawBufferPointer {
    let start = offset
    while offset < end, bytes[offset] != 0 { offset += 1 }
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    if offset < end { offset += 1 }
    return text
  }
}
