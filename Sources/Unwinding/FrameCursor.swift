// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A position in a range of `.eh_frame` or its header. What the range does not hold is `malformed`.
///
/// A ``ByteCursor`` whose reads throw instead of returning nil.
struct FrameCursor {
  private var cursor: ByteCursor

  /// The bytes from `start` up to `end`, or to the buffer's end.
  init(
    _ bytes: UnsafeRawBufferPointer, from start: Int = 0, to end: Int? = nil
  ) throws(UnwindTableError) {
    cursor = try present(ByteCursor(bytes, from: start, to: end))
  }

  private init(_ cursor: ByteCursor) {
    self.cursor = cursor
  }

  /// Offset of the next read in the buffer, in bytes.
  var position: Int {
    @inline(__always) get { cursor.position }
  }

  /// Offset in the buffer of the first byte that is not part of the range.
  var end: Int {
    @inline(__always) get { cursor.end }
  }

  /// Whether no byte is left.
  var isAtEnd: Bool {
    @inline(__always) get { cursor.isAtEnd }
  }

  /// A little-endian integer of fixed size.
  @inline(__always)
  mutating func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type
  ) throws(UnwindTableError) -> Number {
    try present(cursor.load(Number.self))
  }

  /// A single byte.
  @inline(__always)
  mutating func byte() throws(UnwindTableError) -> UInt8 { try present(cursor.byte()) }

  /// Unsigned LEB128 of at most 64 bits.
  @inline(__always)
  mutating func uleb() throws(UnwindTableError) -> UInt64 { try present(cursor.uleb()) }

  /// Signed LEB128 of at most 64 bits.
  @inline(__always)
  mutating func sleb() throws(UnwindTableError) -> Int64 { try present(cursor.sleb()) }

  /// Advances by `count` bytes.
  @inline(__always)
  mutating func skip(_ count: UInt64) throws(UnwindTableError) {
    guard cursor.skip(count) else { throw .malformed }
  }

  /// A cursor over the next `count` bytes, which this one skips.
  mutating func slice(_ count: UInt64) throws(UnwindTableError) -> FrameCursor {
    FrameCursor(try present(cursor.slice(count)))
  }
}

@inline(__always)
private func present<Value>(_ value: Value?) throws(UnwindTableError) -> Value {
  guard let value else { throw .malformed }
  return value
}

extension [UInt8] {
  /// `withUnsafeBytes` with typed errors, which the standard library's own lacks.
  func withRawBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(UnwindTableError) -> Result
  ) throws(UnwindTableError) -> Result {
    try withUnsafeBufferPointer { (buffer) throws(UnwindTableError) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }
}
