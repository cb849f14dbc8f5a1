// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// Little-endian numbers and texts, one behind the other.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ number: some FixedWidthInteger & BitwiseCopyable) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ more: [UInt8]) {
    bytes.append(contentsOf: more)
  }

  mutating func append(count: Int) {
    append(UInt32(clamping: count))
  }

  mutating func append(text: String) {
    append(count: text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }
}

/// What `WireWriter` wrote, read back from somebody who is not trusted.
struct WireReader {
  struct Malformed: Error {}

  private let reader: ByteReader
  private var position = 0

  init(_ bytes: [UInt8]) {
    reader = ByteReader(bytes)
  }

  var isAtEnd: Bool { position == reader.count }

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

  mutating func bytes() throws(Malformed) -> ArraySlice<UInt8> {
    let count = Int(try number(UInt32.self))
    guard let bytes = reader.slice(at: position, count: count) else { throw Malformed() }
    position += count
    return bytes
  }

  mutating func text() throws(Malformed) -> String {
    String(decoding: try bytes(), as: UTF8.self)
  }

  /// As many things as are announced, which take at least `size` bytes each.
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

  /// An index below `count`, or `least`, which may be -1 for none.
  mutating func index(below count: Int, least: Int32 = 0) throws(Malformed) -> Int32 {
    let index = try number(Int32.self)
    guard index >= least, index < count else { throw Malformed() }
    return index
  }
}
