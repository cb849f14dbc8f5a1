// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Serializes values for another process: little-endian integers; texts and lists with a 4-byte count
/// in front.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ number: some FixedWidthInteger & BitwiseCopyable) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ more: [UInt8]) {
    bytes.append(contentsOf: more)
  }

  /// Number of bytes or elements that follow.
  mutating func append(count: Int) {
    append(UInt32(clamping: count))
  }

  mutating func append(text: String) {
    append(count: text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }
}

/// Reads what `WireWriter` wrote, from a process that is not trusted: every read is checked.
struct WireReader {
  struct Malformed: Error {}

  private let reader: ByteReader
  /// Offset of the next byte.
  private var position = 0

  init(_ bytes: [UInt8]) {
    reader = ByteReader(bytes)
  }

  var isAtEnd: Bool { position == reader.count }

  /// An integer at an offset; nil where it does not lie in the bytes.
  func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type, at offset: Int
  ) -> Number? {
    reader.load(Number.self, at: offset)
  }

  mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type
  ) throws(Malformed) -> Number {
    guard let number = reader.load(Number.self, at: position) else { throw Malformed() }
    position += MemoryLayout<Number>.size
    return number
  }

  /// A count and so many bytes.
  mutating func bytes() throws(Malformed) -> ArraySlice<UInt8> {
    let count = Int(try number(UInt32.self))
    guard let bytes = reader.slice(at: position, count: count) else { throw Malformed() }
    position += count
    return bytes
  }

  /// A count and so many bytes of UTF-8; what is not valid is replaced.
  mutating func text() throws(Malformed) -> String {
    String(decoding: try bytes(), as: UTF8.self)
  }

  /// A count and so many elements. A count that cannot be true is refused before memory is reserved.
  ///
  /// - Parameter size: the fewest bytes that an element takes.
  mutating func array<Element>(
    ofAtLeast size: Int, _ element: (inout WireReader) throws(Malformed) -> Element
  ) throws(Malformed) -> [Element] {
    let count = Int(try number(UInt32.self))
    guard count <= (reader.count - position) / size else { throw Malformed() }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try element(&self)) }
    return elements
  }

  /// An index from `least` up to, not including, `count`.
  mutating func index(below count: Int, least: Int32 = 0) throws(Malformed) -> Int32 {
    let index = try number(Int32.self)
    guard index >= least, index < count else { throw Malformed() }
    return index
  }
}
