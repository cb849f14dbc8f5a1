// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Functions that find the payload in an SVG or HTML file that flameback has written. The payload
/// is the call tree for the viewer, in base64.
package enum FlamebackFile {
  private static let opening = Array("class=\"flameback-payload\">".utf8)

  /// Returns whether an SVG or HTML file contains a payload, the call tree for the viewer. The
  /// payload itself is not checked.
  ///
  /// - Parameter bytes: The content of the whole file.
  package static func isOne(_ bytes: [UInt8]) -> Bool { payload(in: bytes) != nil }

  /// Finds and decodes the payload of an SVG or HTML file, the call tree for the viewer.
  ///
  /// - Parameter bytes: The content of the whole file.
  /// - Returns: The decoded payload; nil if the file has none.
  /// - Throws: `PayloadError` for a payload that is broken or of another version.
  package static func read(_ bytes: [UInt8]) throws(PayloadError) -> PayloadDecoder? {
    guard let text = payload(in: bytes) else { return nil }
    return try PayloadDecoder(base64: text)
  }

  /// The base64 of all pieces; nil if there is none.
  private static func payload(in bytes: [UInt8]) -> [UInt8]? {
    var text: [UInt8]?
    var position = 0
    while let start = find(opening, in: bytes, from: position) {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
      text = (text ?? []) + bytes[start..<end]
      position = end
    }
    return text
  }

  /// The index behind the next `pattern`; nil if there is none.
  private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= pattern.count else { return nil }
    var index = start
    while index + pattern.count <= bytes.count {
      if bytes[index] == pattern[0], bytes[index..<index + pattern.count].elementsEqual(pattern) {
        return index + pattern.count
      }
      index += 1
    }
    return nil
  }
}
