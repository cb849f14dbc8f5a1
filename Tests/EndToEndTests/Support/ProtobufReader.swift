// SPDX-License-Identifier: Apache-2.0

/// Reads the fields of one protobuf message, in order.
struct ProtobufReader {
  enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  struct Malformed: Error {}

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The next field's number and value, nil at the end.
  mutating func next() throws -> (field: Int, value: Value)? {
    if rest.isEmpty { return nil }
    let tag = try varint()
    switch tag & 7 {
    case 0: return (Int(tag >> 3), .number(try varint()))
    case 2:
      let length = try varint()
      guard length <= rest.count else { throw Malformed() }
      defer { rest = rest.dropFirst(Int(length)) }
      return (Int(tag >> 3), .bytes(rest.prefix(Int(length))))
    default: throw Malformed()
    }
  }

  /// The numbers of a repeated field, packed or single.
  static func numbers(_ value: Value) throws -> [UInt64] {
    switch value {
    case .number(let number): return [number]
    case .bytes(let bytes):
      var reader = ProtobufReader(bytes)
      var numbers: [UInt64] = []
      while !reader.rest.isEmpty { numbers.append(try reader.varint()) }
      return numbers
    }
  }

  private mutating func varint() throws -> UInt64 {
    var result: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard let byte = rest.popFirst() else { throw Malformed() }
      result |= UInt64(byte & 0x7f) << UInt64(shift)
      if byte & 0x80 == 0 { return result }
    }
    throw Malformed()
  }
}

extension ProtobufReader.Value {
  var number: UInt64 {
    get throws {
      guard case .number(let number) = self else { throw ProtobufReader.Malformed() }
      return number
    }
  }

  var bytes: ArraySlice<UInt8> {
    get throws {
      guard case .bytes(let bytes) = self else { throw ProtobufReader.Malformed() }
      return bytes
    }
  }
}
