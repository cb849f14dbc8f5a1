// SPDX-License-Identifier: Apache-2.0

/// A reading position in a range of untrusted bytes, which advances with each read.
///
/// Reads return nil where the range does not hold what they read. They then leave the position
/// where it was, or behind the bytes of a LEB128 integer that is not valid. Nothing outside of the
/// range is accessed. Each parser decides what nil means to it: throw, or continue with 0.
///
/// The bytes are a raw buffer, since parsers read millions of integers of one to three bytes, and
/// an array's accessors cost several times as much as the reading. The cursor must not outlive the
/// `withUnsafeBytes` that the buffer came from. All access is in `load`, `byte`, `text` and
/// `LEB128`, which compare with `end` first; `init` compares `end` with the buffer.
public struct ByteCursor {
  @usableFromInline let bytes: UnsafeRawBufferPointer
  @usableFromInline var offset: Int
  /// The offset in the buffer, in bytes, of the first byte behind the range.
  public let end: Int

  /// The offset in the buffer, in bytes, of the next read: at most `end`.
  @inlinable
  public var position: Int {
    @inline(__always) get { offset }
  }

  /// Creates a cursor over part of a buffer, with its position at `start`.
  ///
  /// - Parameters:
  ///   - start: The offset in the buffer of the first byte of the range.
  ///   - end: The offset behind the last byte of the range; nil for the buffer's end.
  /// - Returns: nil if the range does not lie inside the buffer.
  @inlinable
  public init?(_ bytes: UnsafeRawBufferPointer, from start: Int = 0, to end: Int? = nil) {
    let end = end ?? bytes.count
    guard 0 <= start, start <= end, end <= bytes.count else { return nil }
    self.bytes = bytes
    offset = start
    self.end = end
  }

  /// Creates a cursor over part of a buffer; bounds outside of the buffer are accepted and limited.
  ///
  /// - Parameters:
  ///   - start: The offset in the buffer of the first byte of the range. If it does not lie between
  ///     0 and the end of the range, the cursor is at its end, and all reads return nil.
  ///   - end: The offset behind the last byte of the range, limited to what the buffer has.
  @inlinable
  public init(_ bytes: UnsafeRawBufferPointer, limiting start: Int, to end: Int) {
    self.bytes = bytes
    self.end = max(0, min(end, bytes.count))
    offset = start >= 0 && start <= self.end ? start : self.end
  }

  /// Whether no byte of the range is left to read.
  @inlinable
  public var isAtEnd: Bool {
    @inline(__always) get { offset >= end }
  }

  /// Moves the position to the end of the range, so that all further reads return nil.
  @inlinable
  public mutating func moveToEnd() { offset = end }

  /// Reads a little-endian integer of a fixed size at the position, aligned or not, and moves the
  /// position behind it.
  ///
  /// - Returns: nil, without moving, if fewer bytes are left than the type has.
  @inlinable @inline(__always)
  public mutating func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type
  ) -> Number? {
    guard MemoryLayout<Number>.size <= end - offset else { return nil }
    let number = bytes.loadUnaligned(fromByteOffset: position, as: Number.self)
    offset += MemoryLayout<Number>.size
    return Number(littleEndian: number)
  }

  /// Reads one byte and moves the position behind it; returns nil at the end of the range.
  @inlinable @inline(__always)
  public mutating func byte() -> UInt8? {
    guard offset < end else { return nil }
    let byte = bytes[offset]
    offset += 1
    return byte
  }

  /// Reads an unsigned LEB128 integer of up to 64 bits.
  ///
  /// - Returns: nil if the range ends within the integer, or if it takes more than 64 bits.
  @inlinable @inline(__always)
  public mutating func uleb() -> UInt64? { LEB128.unsigned(in: bytes, at: &offset, to: end) }

  /// Reads a signed LEB128 integer of up to 64 bits.
  ///
  /// - Returns: nil if the range ends within the integer, or if it takes more than 64 bits.
  @inlinable @inline(__always)
  public mutating func sleb() -> Int64? { LEB128.signed(in: bytes, at: &offset, to: end) }

  /// Skips a LEB128 integer of any length; moves to the end of the range if that ends within the
  /// integer.
  @inlinable
  public mutating func skipLEB() {
    while offset < end, bytes[offset] >= 0x80 { offset += 1 }
    if offset < end { offset += 1 }
  }

  /// Skips `count` bytes.
  ///
  /// - Returns: false, without moving, if fewer bytes are left.
  @inlinable @inline(__always)
  public mutating func skip(_ count: UInt64) -> Bool {
    guard count <= UInt64(end - offset) else { return false }
    offset += Int(count)
    return true
  }

  /// Skips `count` bytes and returns a cursor over them.
  ///
  /// - Returns: nil, without moving, if fewer bytes are left.
  @inlinable
  public mutating func slice(_ count: UInt64) -> ByteCursor? {
    let start = offset
    return skip(count) ? ByteCursor(bytes, from: start, to: offset) : nil
  }

  /// Reads the bytes up to the next NUL, or up to the end of the range if there is none; the NUL is
  /// skipped and not part of the result.
  @inlinable
  public mutating func text() -> UnsafeRawBufferPointer {
    let start = offset
    while offset < end, bytes[offset] != 0 { offset += 1 }
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    if offset < end { offset += 1 }
    return text
  }
}
