// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Writes JSON (RFC 8259) piece by piece; commas and escapes come by themselves.
///
/// Strings are written as they are. Callers pass untrusted text that people read through
/// `VisibleText` first. Besides what JSON demands, `<`, `>`, `&`, U+2028 and U+2029 are escaped, so
/// that the text may also stand inside a script element.
package struct JSONText {
  private(set) var output = ByteWriter()
  private var needsComma = false

  package init() {}

  /// The text so far.
  package var bytes: [UInt8] { output.bytes }

  /// Passes the text so far on to `sink`, if there is enough of it to be worth a call.
  package mutating func drain(into sink: inout some ByteSink) { output.drain(into: &sink) }

  /// Ends the text with a newline and passes all of it on.
  package mutating func finish(into sink: inout some ByteSink) {
    output.append("\n")
    output.drain(into: &sink, least: 0)
  }

  /// Appends an object as a value; `content` appends its members.
  package mutating func object(_ content: (inout JSONText) -> Void) {
    container("{", content, "}")
  }

  /// Appends an array as a value; `content` appends its elements.
  package mutating func array(_ content: (inout JSONText) -> Void) {
    container("[", content, "]")
  }

  /// Appends a string, quoted and escaped, as a value.
  package mutating func value(_ text: String) {
    separate()
    string(text)
  }

  /// Appends a number as a value.
  package mutating func value(_ number: UInt64) {
    separate()
    output.append(decimal: number)
  }

  /// Appends a number as a value.
  package mutating func value(_ number: Int) {
    separate()
    output.append(decimal: number)
  }

  /// Appends a number as a value, in the shortest digits that read back as the same number; `null`
  /// for infinities and NaN, which JSON does not have.
  package mutating func value(_ number: Double) {
    separate()
    output.append(text: number.isFinite ? number.description : "null")
  }

  /// Appends `true` or `false` as a value.
  package mutating func value(_ flag: Bool) {
    separate()
    output.append(flag ? "true" : "false")
  }

  /// Appends `null` as a value.
  package mutating func null() {
    separate()
    output.append("null")
  }

  // MARK: Members of an object

  /// Appends a member that is an object; `content` appends the object's members.
  package mutating func object(_ name: String, _ content: (inout JSONText) -> Void) {
    key(name)
    object(content)
  }

  /// Appends a member that is an array; `content` appends the elements.
  package mutating func array(_ name: String, _ content: (inout JSONText) -> Void) {
    key(name)
    array(content)
  }

  /// Appends a member that is a string.
  package mutating func member(_ name: String, _ text: String) {
    key(name)
    value(text)
  }

  /// Appends a member that is a number.
  package mutating func member(_ name: String, _ number: UInt64) {
    key(name)
    value(number)
  }

  /// Appends a member that is a number.
  package mutating func member(_ name: String, _ number: Int) {
    key(name)
    value(number)
  }

  /// Appends a member that is a number; `null` for infinities and NaN.
  package mutating func member(_ name: String, _ number: Double) {
    key(name)
    value(number)
  }

  /// Appends a member that is `true` or `false`.
  package mutating func member(_ name: String, _ flag: Bool) {
    key(name)
    value(flag)
  }

  /// Appends a member that is `null`.
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
