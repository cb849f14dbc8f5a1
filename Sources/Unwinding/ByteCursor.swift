// SPDX-License-Identifier: Apache-2.0

/// Reads forward through a range of a stranger's bytes. Nothing outside of the range is touched;
/// what is not there is `malformed`.
///
/// Works on a raw buffer, since millions of numbers of one to three bytes are read through it: an
/// array's accessors cost several times what the reading does. The cursor must not outlive the
/// `withUnsafeBytes` that the buffer came from. All access is in `load` and `byte`, each of which
/// compares with `end` first, and `init` has compared `end` with the buffer.
struct ByteCursor {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position: Int
  let end: Int

  init(
    _ bytes: UnsafeRawBufferPointer, from start: Int = 0, to end: Int? = nil
  ) throws(UnwindTableError) {
    let end = end ?? bytes.count
    guard 0 <= start, start <= end, end <= bytes.count else { throw .malformed }
    self.bytes = bytes
    position = start
    self.end = end
  }

  var isAtEnd: Bool {
    @inline(__always) get { position >= end }
  }

  @inline(__always)
  mutating func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type
  ) throws(UnwindTableError) -> Number {
    guard MemoryLayout<Number>.size <= end - position else { throw .malformed }
    let number = bytes.loadUnaligned(fromByteOffset: position, as: Number.self)
    position += MemoryLayout<Number>.size
    return Number(littleEndian: number)
  }

  @inline(__always)
  mutating func byte() throws(UnwindTableError) -> UInt8 {
    guard position < end else { throw .malformed }
    let byte = bytes[position]
    position += 1
    return byte
  }

  /// Unsigned LEB128 of at most 64 bits.
  @inline(__always)
  mutating func uleb() throws(UnwindTableError) -> UInt64 {
    let first = try byte()
    // Nearly all are of one byte.
    return first < 0x80 ? UInt64(first) : try longULEB(first)
  }

  /// Signed LEB128 of at most 64 bits.
  @inline(__always)
  mutating func sleb() throws(UnwindTableError) -> Int64 {
    let first = try byte()
    return first < 0x80 ? Int64(Int8(bitPattern: first << 1) >> 1) : try longSLEB(first)
  }

  @inline(__always)
  mutating func skip(_ count: UInt64) throws(UnwindTableError) {
    guard count <= UInt64(end - position) else { throw .malformed }
    position += Int(count)
  }

  /// A cursor over the next `count` bytes, which this one skips.
  mutating func slice(_ count: UInt64) throws(UnwindTableError) -> ByteCursor {
    let start = position
    try skip(count)
    return try ByteCursor(bytes, from: start, to: position)
  }

  private mutating func longULEB(_ first: UInt8) throws(UnwindTableError) -> UInt64 {
    var value = UInt64(first & 0x7f)
    for shift in stride(from: 7, through: 63, by: 7) {
      let next = try byte()
      let bits = UInt64(next & 0x7f)
      guard shift < 63 || bits <= 1 else { throw .malformed }
      value |= bits << UInt64(shift)
      if next < 0x80 { return value }
    }
    throw .malformed
  }

  private mutating func longSLEB(_ first: UInt8) throws(UnwindTableError) -> Int64 {
    var value = UInt64(first & 0x7f)
    for shift in stride(from: 7, through: 63, by: 7) {
      let next = try byte()
      let bits = UInt64(next & 0x7f)
      guard shift < 63 || bits == 0 || bits == 0x7f else { throw .malformed }
      value |= bits << UInt64(shift)
      if next < 0x80 {
        if next & 0x40 != 0, shift < 57 { value |= UInt64.max << UInt64(shift + 7) }
        return Int64(bitPattern: value)
      }
    }
    throw .malformed
  }
}

extension [UInt8] {
  /// `withUnsafeBytes` with typed errors, which the library's own lacks.
  func withRawBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(UnwindTableError) -> Result
  ) throws(UnwindTableError) -> Result {
    try withUnsafeBufferPointer { (buffer) throws(UnwindTableError) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }
}
