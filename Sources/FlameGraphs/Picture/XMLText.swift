// SPDX-License-Identifier: Apache-2.0

import ProfileModel

extension ByteWriter {
  /// Text for an element or an attribute: hidden characters made visible, markup escaped. The one
  /// way for foreign text into a picture.
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

  /// Pixels, to a hundredth.
  mutating func append(pixels: Double) {
    append(pixels, places: 2, trimmed: true)
  }
}
