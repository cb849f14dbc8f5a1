// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel

/// The part of the Protocol Buffers wire format that pprof needs: varints and what has a length.
///
/// <https://protobuf.dev/programming-guides/encoding/>. As proto3 has it, a field that is 0 or
/// empty is not written, except as an element of a repeated field.
struct ProtobufWriter {
  private(set) var output = ByteWriter()

  /// Passes the message so far on, once there is enough of it.
  mutating func drain(into sink: inout some ByteSink, least: Int = 1 << 16) {
    output.drain(into: &sink, least: least)
  }

  mutating func field(_ number: UInt64, _ value: UInt64) {
    if value == 0 { return }
    varint(number << 3)
    varint(value)
  }

  mutating func field(_ number: UInt64, _ value: Int64) {
    field(number, UInt64(bitPattern: value))
  }

  mutating func field(_ number: UInt64, _ value: Bool) {
    field(number, value ? 1 as UInt64 : 0)
  }

  /// A repeated field of numbers, packed.
  mutating func field(_ number: UInt64, packed values: [UInt64]) {
    if values.isEmpty { return }
    varint(number << 3 | 2)
    varint(UInt64(values.reduce(0) { $0 + LEB128.byteCount(of: $1) }))
    for value in values { varint(value) }
  }

  /// An element of a repeated field of strings, even if empty.
  mutating func element(_ number: UInt64, text: String) {
    varint(number << 3 | 2)
    varint(UInt64(text.utf8.count))
    output.append(text: text)
  }

  /// A message in a field, or an element of a repeated field of messages.
  mutating func message(_ number: UInt64, _ build: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    build(&inner)
    varint(number << 3 | 2)
    varint(UInt64(inner.output.count))
    output.append(bytes: inner.output.bytes)
  }

  private mutating func varint(_ value: UInt64) {
    LEB128.encode(value) { output.append(byte: $0) }
  }
}
