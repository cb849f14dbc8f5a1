// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Names as they may stand in folded text; `FoldedWriter` says which trap each rule avoids.
enum FoldedName {
  /// The name of a frame for an untrusted one; never empty.
  static func frame(_ name: String) -> String {
    var bytes = visibleBytes(of: name)
    joinTrailingNumber(&bytes)
    PerfScriptHeader.joinTimes(&bytes)
    bendKind(&bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  static func comm(_ name: String) -> [UInt8] {
    var bytes = visibleBytes(of: name).map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "_") : $0 }
    bendKind(&bytes)
    return bytes
  }

  /// The first name of a line. It does not begin as a comment, a map of bpftrace or another format
  /// does: the first letter of such a name becomes `_`.
  static func first(_ name: [UInt8]) -> [UInt8] {
    // As the readers that recognize formats do.
    let rest = TextBeginning.afterBlanks(name)
    guard let byte = rest.first else { return name }
    let isOther =
      "#{@".utf8.contains(byte)
      || otherBeginnings.contains { beginning in
        rest.prefix(beginning.utf8.count).map { $0 | 0x20 }
          .elementsEqual(beginning.utf8.map { $0 | 0x20 })
      }
    guard isOther else { return name }
    var bent = name
    bent[rest.startIndex] = UInt8(ascii: "_")
    return bent
  }

  /// Beginnings of markup, and of the binary file of `perf record`.
  private static let otherBeginnings = [
    "<?xml", "<svg", "<!doctype", "<html", "PERFILE2", "2ELIFREP",
  ]

  /// The ends of names that state a kind of frame.
  private static let suffixes: [(text: String, kind: FrameKind)] = [
    ("_[k]", .kernel), ("_[j]", .anonymous), ("_[i]", .inlined),
  ]

  /// What a name in folded text says.
  static func description(_ bytes: ArraySlice<UInt8>) -> FrameDescription {
    let text = String(decoding: bytes, as: UTF8.self)
    for (suffix, kind) in suffixes where text.hasSuffix(suffix) && text.utf8.count > 4 {
      return FrameDescription(name: String(text.dropLast(4)), kind: kind)
    }
    return FrameDescription(name: text, kind: text == RenderedPaths.unknownName ? .unknown : .user)
  }

  private static func visibleBytes(of name: String) -> [UInt8] {
    var text = name
    // As scalars, because carriage return and newline together are one character.
    text.unicodeScalars.removeAll { $0 == "\n" || $0 == "\r" }
    return RenderedPaths.shownName(of: text).utf8.map {
      $0 == UInt8(ascii: ";") ? UInt8(ascii: ":") : $0
    }
  }

  /// A name that ends like an annotation gets round brackets there, so that it does not state a kind.
  private static func bendKind(_ bytes: inout [UInt8]) {
    guard bytes.count > 4, suffixes.contains(where: { bytes.suffix(4).elementsEqual($0.text.utf8) })
    else { return }
    bytes[bytes.count - 3] = UInt8(ascii: "(")
    bytes[bytes.count - 1] = UInt8(ascii: ")")
  }

  /// `worker 12` becomes `worker_12`: what flamegraph.pl's `\s+?(\d+(?:\.\d*)?)$` would match.
  private static func joinTrailingNumber(_ bytes: inout [UInt8]) {
    var start = bytes.count
    var digits = 0
    var points = 0
    while start > 0 {
      let byte = bytes[start - 1]
      if byte == UInt8(ascii: ".") {
        points += 1
        digits = 0
      } else if isDigit(byte) {
        digits += 1
      } else {
        break
      }
      start -= 1
    }
    // `digits` are those in front of the point, if there is one.
    guard digits > 0, points <= 1, start > 0, bytes[start - 1] == UInt8(ascii: " ") else { return }
    bytes[start - 1] = UInt8(ascii: "_")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
