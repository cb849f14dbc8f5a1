// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel

/// A field of a message: a number, or bytes with a length.
struct ProtobufField {
  var number: Int
  var value: UInt64
  /// Empty for numbers.
  var bytes: Range<Int>
  /// Whether it has a length: a message, a text, packed numbers.
  var hasLength: Bool
}

/// Reads the wire format within bounds: what is cut or of an unknown wire type ends in an error.
struct ProtobufReader {
  let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field; nil at the end.
  mutating func next() throws(ReadingError) -> ProtobufField? {
    if position == end { return nil }
    let tag = try varint()
    let number = Int(truncatingIfNeeded: tag >> 3 & 0xffff_ffff)
    switch tag & 7 {
    case 0:
      return ProtobufField(number: number, value: try varint(), bytes: 0..<0, hasLength: false)
    case 1: return try fixed(number, count: 8)
    case 2:
      let length = try varint()
      guard length <= UInt64(end - position) else { throw .broken(at: position) }
      let start = position
      position += Int(length)
      return ProtobufField(number: number, value: 0, bytes: start..<position, hasLength: true)
    case 5: return try fixed(number, count: 4)
    default: throw .broken(at: position)
    }
  }

  /// The numbers of a repeated field, packed or one.
  static func numbers(
    _ field: ProtobufField, in bytes: [UInt8]
  ) throws(ReadingError) -> [UInt64] {
    guard field.hasLength else { return [field.value] }
    var reader = ProtobufReader(bytes, field.bytes)
    var numbers: [UInt64] = []
    while reader.position < field.bytes.upperBound { numbers.append(try reader.varint()) }
    return numbers
  }

  private mutating func fixed(_ number: Int, count: Int) throws(ReadingError) -> ProtobufField {
    guard count <= end - position else { throw .broken(at: position) }
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
    position += count
    return ProtobufField(number: number, value: value, bytes: 0..<0, hasLength: false)
  }

  private mutating func varint() throws(ReadingError) -> UInt64 {
    guard let value = LEB128.unsigned(in: bytes, at: &position, to: end) else {
      throw .broken(at: position)
    }
    return value
  }
}
