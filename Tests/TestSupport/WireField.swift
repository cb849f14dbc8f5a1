// SPDX-License-Identifier: Apache-2.0

/// Bytes that are not well formed.
package struct Malformed: Error {
  /// What is wrong with them.
  package var text: String

  package init(_ text: String) { self.text = text }
}

/// A field of a protobuf message: a number, or bytes with a length.
package struct WireField: Sendable {
  /// The field's number in its message.
  package var number: UInt64
  /// A number (wire type 0).
  package var value: UInt64 = 0
  /// A text, a message or packed numbers (wire type 2).
  package var bytes: ArraySlice<UInt8> = []

  /// The fields of a message.
  package var fields: [WireField] {
    get throws { try Self.all(in: bytes) }
  }

  /// The numbers of a repeated field in packed form.
  package var packed: [UInt64] {
    get throws {
      var rest = bytes
      var values: [UInt64] = []
      while !rest.isEmpty { values.append(try Self.varint(&rest)) }
      return values
    }
  }

  /// The fields of a message, in the order of the file.
  package static func all(in bytes: ArraySlice<UInt8>) throws -> [WireField] {
    var rest = bytes
    var fields: [WireField] = []
    while !rest.isEmpty {
      let tag = try varint(&rest)
      switch tag & 7 {
      case 0: fields.append(WireField(number: tag >> 3, value: try varint(&rest)))
      case 2:
        let length = try varint(&rest)
        guard length <= rest.count else { throw Malformed("\(length) bytes of \(rest.count)") }
        fields.append(WireField(number: tag >> 3, bytes: rest.prefix(Int(length))))
        rest = rest.dropFirst(Int(length))
      default: throw Malformed("wire type \(tag & 7)")
      }
    }
    return fields
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard let byte = rest.popFirst() else { throw Malformed("a number that is cut") }
      value |= UInt64(byte & 0x7f) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw Malformed("a number of more than 64 bits")
  }
}
