// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A builder of JSON text (RFC 8259). It places commas and escapes strings.
///
/// Hidden characters in strings are kept: callers pass untrusted text that people read through
/// `VisibleText` first. Besides what JSON demands, `<`, `>`, `&`, U+2028 and U+2029 are escaped, so
/// that the text may also stand inside a script element.
package struct JSONText {
  private(set) var output = ByteWriter()
  private var needsComma = false

  /// Creates a builder whose text is empty.
  package init() {}

  /// The JSON text that was appended so far, in UTF-8, without the part that `drain` has already
  /// passed to a sink.
  package var bytes: [UInt8] { output.bytes }

  /// Moves the text written so far to `sink` if it has about 64 KB or more; otherwise does nothing.
  /// Call it after every few elements, so that a large text is never held whole.
  package mutating func drain(into sink: inout some ByteSink) { output.drain(into: &sink) }

  /// Appends a newline and moves all text that is still held to `sink`. Call it once, at the end.
  package mutating func finish(into sink: inout some ByteSink) {
    output.append("\n")
    output.drain(into: &sink, least: 0)
  }

  /// Appends an object, as an element of an array or as the outermost value of the text.
  ///
  /// - Parameter content: A closure that appends the members of the object.
  package mutating func object(_ content: (inout JSONText) -> Void) {
    container("{", content, "}")
  }

  /// Appends an array, as an element of an array or as the outermost value of the text.
  ///
  /// - Parameter content: A closure that appends the elements of the array.
  package mutating func array(_ content: (inout JSONText) -> Void) {
    container("[", content, "]")
  }

  /// Appends a string as an element of an array, quoted and escaped.
  package mutating func value(_ text: String) {
    separate()
    string(text)
  }

  /// Appends an unsigned integer as an element of an array.
  package mutating func value(_ number: UInt64) {
    separate()
    output.append(decimal: number)
  }

  /// Appends a signed integer as an element of an array.
  package mutating func value(_ number: Int) {
    separate()
    output.append(decimal: number)
  }

  /// Appends a floating-point number as an element of an array, in the fewest digits that give the
  /// same number when read. Infinities and NaN, which JSON does not have, become `null`.
  package mutating func value(_ number: Double) {
    separate()
    output.append(text: number.isFinite ? number.description : "null")
  }

  /// Appends `true` or `false` as an element of an array.
  package mutating func value(_ flag: Bool) {
    separate()
    output.append(flag ? "true" : "false")
  }

  /// Appends `null` as an element of an array.
  package mutating func null() {
    separate()
    output.append("null")
  }

  // MARK: Members of an object

  /// Appends a member, whose value is an object, to the object that is being written.
  ///
  /// - Parameters:
  ///   - name: The key, unescaped.
  ///   - content: A closure that appends the members of the inner object.
  package mutating func object(_ name: String, _ content: (inout JSONText) -> Void) {
    key(name)
    object(content)
  }

  /// Appends a member, whose value is an array, to the object that is being written.
  ///
  /// - Parameters:
  ///   - name: The key, unescaped.
  ///   - content: A closure that appends the elements of the array.
  package mutating func array(_ name: String, _ content: (inout JSONText) -> Void) {
    key(name)
    array(content)
  }

  /// Appends a member to the object that is being written: the key `name` and a string as its
  /// value.
  package mutating func member(_ name: String, _ text: String) {
    key(name)
    value(text)
  }

  /// Appends a member to the object that is being written: the key `name` and an unsigned integer
  /// as its value.
  package mutating func member(_ name: String, _ number: UInt64) {
    key(name)
    value(number)
  }

  /// Appends a member to the object that is being written: the key `name` and a signed integer as
  /// its value.
  package mutating func member(_ name: String, _ number: Int) {
    key(name)
    value(number)
  }

  /// Appends a member to the object that is being written: the key `name` and a floating-point
  /// number as its value. Infinities and NaN, which JSON does not have, become `null`.
  package mutating func member(_ name: String, _ number: Double) {
    key(name)
    value(number)
  }

  /// Appends a member to the object that is being written: the key `name` with the value `true` or
  /// `false`.
  package mutating func member(_ name: String, _ flag: Bool) {
    key(name)
    value(flag)
  }

  /// Appends a member to the object that is being written: the key `name` with the value `null`.
  package mutating func null(_ name: String) {
    key(name)
    null()
  }

  // MARK: Pieces

  private mutating func key(_ name: String) {
    separate()
    string(name)
    output.append(":")
    needsComma = false
  }

  private mutating func separate() {
    if needsComma { output.append(",") }
    needsComma = true
  }

  private mutating func container(
    _ open: StaticString, _ content: (inout JSONText) -> Void, _ close: StaticString
  ) {
    separate()
    output.append(open)
    needsComma = false
    content(&self)
    output.append(close)
    needsComma = true
  }

  private mutating func string(_ text: String) {
    output.append("\"")
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output.append("\\\"")
      case "\\": output.append("\\\\")
      case "\n": output.append("\\n")
      case "\r": output.append("\\r")
      case "\t": output.append("\\t")
      case "<", ">", "&", "\u{2028}", "\u{2029}": escape(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0x7f: escape(scalar)
      default: output.append(text: String(scalar))
      }
    }
    output.append("\"")
  }

  private mutating func escape(_ scalar: Unicode.Scalar) {
    let digits = String(scalar.value, radix: 16)
    output.append("\\u")
    for _ in digits.utf8.count..<4 { output.append("0") }
    output.append(text: digits)
  }
}
