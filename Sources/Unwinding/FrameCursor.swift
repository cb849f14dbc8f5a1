// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles

/// A cursor over a range of `.eh_frame` or its header: a ``ByteCursor`` whose reads throw
/// `malformed` at the end of the range instead of returning nil.
struct FrameCursor {
  fileprivate var cursor: ByteCursor

  /// Creates a cursor over the bytes from offset `start` up to `end`; nil is the end of the buffer.
  /// The buffer must outlive the cursor.
  ///
  /// - Throws: `malformed` if the range is not inside the buffer.
  init(
    _ bytes: UnsafeRawBufferPointer, from start: Int = 0, to end: Int? = nil
  ) throws(UnwindTableError) {
    cursor = try present(ByteCursor(bytes, from: start, to: end))
  }

  private init(_ cursor: ByteCursor) {
    self.cursor = cursor
  }

  /// The offset in the buffer of the next byte to read.
  var position: Int {
    @inline(__always) get { cursor.position }
  }

  /// The offset in the buffer of the first byte behind the range.
  var end: Int {
    @inline(__always) get { cursor.end }
  }

  /// Whether no byte is left.
  var isAtEnd: Bool {
    @inline(__always) get { cursor.isAtEnd }
  }

  /// Reads a little-endian integer of fixed size.
  @inline(__always)
  mutating func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type
  ) throws(UnwindTableError) -> Number {
    try present(cursor.load(Number.self))
  }

  /// Reads one byte.
  @inline(__always)
  mutating func byte() throws(UnwindTableError) -> UInt8 { try present(cursor.byte()) }

  /// Reads an unsigned LEB128 number of at most 64 bits.
  @inline(__always)
  mutating func uleb() throws(UnwindTableError) -> UInt64 { try present(cursor.uleb()) }

  /// Reads a signed LEB128 number of at most 64 bits.
  @inline(__always)
  mutating func sleb() throws(UnwindTableError) -> Int64 { try present(cursor.sleb()) }

  /// Moves the position by `count` bytes.
  @inline(__always)
  mutating func skip(_ count: UInt64) throws(UnwindTableError) {
    guard cursor.skip(count) else { throw .malformed }
  }

  /// Returns a cursor over the next `count` bytes, and moves this one behind them.
  mutating func slice(_ count: UInt64) throws(UnwindTableError) -> FrameCursor {
    FrameCursor(try present(cursor.slice(count)))
  }

  /// Reads the head of a common entry of a section of the given form, from behind its id on.
  mutating func commonEntryHead(
    _ form: EhFrame.Form
  ) throws(UnwindTableError) -> CommonEntryHead {
    try present(CommonEntryHead(&cursor, isDebugging: form == .debugging))
  }
}

extension PointerEncoding {
  /// Reads an address, as `address(from:cursorBase:dataBase:)` does, without a base of data.
  @inline(__always)
  func address(
    from cursor: inout FrameCursor, cursorBase: UInt64
  ) throws(UnwindTableError) -> UInt64 {
    try present(address(from: &cursor.cursor, cursorBase: cursorBase))
  }

  /// Reads a number in the format of these addresses, sign-extended, without adding a base.
  @inline(__always)
  func number(from cursor: inout FrameCursor) throws(UnwindTableError) -> UInt64 {
    try present(number(from: &cursor.cursor))
  }
}

/// Returns a value that is not nil, or throws `malformed`.
@inline(__always)
private func present<Value>(_ value: Value?) throws(UnwindTableError) -> Value {
  guard let value else { throw .malformed }
  return value
}

extension [UInt8] {
  /// Calls `body` with the array's bytes, like `withUnsafeBytes`, which lacks typed errors. The
  /// pointer is valid only during the call.
  func withRawBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(UnwindTableError) -> Result
  ) throws(UnwindTableError) -> Result {
    try withUnsafeBufferPointer { (buffer) throws(UnwindTableError) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }
}
