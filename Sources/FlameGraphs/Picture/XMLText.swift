// SPDX-License-Identifier: Apache-2.0

import ProfileModel

extension ByteWriter {
  /// Appends text of an element or an attribute, with hidden characters visible and markup escaped.
  /// Untrusted text gets into a picture in this way only.
  mutating func append(xml text: String) {
    for byte in VisibleText.of(text).utf8 {
      switch byte {
      case UInt8(ascii: "&"): append("&amp;")
      case UInt8(ascii: "<"): append("&lt;")
      case UInt8(ascii: ">"): append("&gt;")
      case UInt8(ascii: "\""): append("&quot;")
      case UInt8(ascii: "'"): append("&#39;")
      default: append(byte: byte)
      }
    }
  }

  /// Appends a number of pixels, rounded to a hundredth.
  mutating func append(pixels: Double) {
    append(pixels, places: 2, trimmed: true)
  }
}
