// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The fields that are needed of a paragraph of a Debian control file (deb822(5)): a package in
/// dpkg's status or in a list of apt. They point into the buffer that was scanned.
struct ControlParagraph {
  /// The name of the package, without its architecture.
  var package = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Version of the package.
  var version = UnsafeRawBufferPointer(start: nil, count: 0)
  /// The source package, maybe with its version in parentheses; empty if it has the same name.
  var source = UnsafeRawBufferPointer(start: nil, count: 0)
  var maintainer = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Build ids in hexadecimal with blanks between them: those whose debug files the package has.
  var buildIDs = UnsafeRawBufferPointer(start: nil, count: 0)

  /// The name of the source package.
  var sourceName: UnsafeRawBufferPointer {
    guard !source.isEmpty else { return package }
    return UnsafeRawBufferPointer(rebasing: source.prefix { $0 != UInt8(ascii: " ") })
  }

  /// Calls `body` for each whole paragraph. Lines of a form that is not known are skipped.
  ///
  /// - Parameter isLast: nothing follows these bytes, so that their end is one of a paragraph, too.
  /// - Returns: the number of bytes that are in these paragraphs.
  static func forEach(
    in bytes: UnsafeRawBufferPointer, isLast: Bool, _ body: (ControlParagraph) -> Void
  ) -> Int {
    var paragraph = ControlParagraph()
    var done = 0
    var start = 0
    while start < bytes.count, let end = newline(in: bytes, from: start) {
      if start == end {
        if !paragraph.package.isEmpty { body(paragraph) }
        paragraph = ControlParagraph()
        done = end + 1
      } else {
        // Safe: both are indices of `bytes`.
        paragraph.take(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      }
      start = end + 1
    }
    guard isLast else { return done }
    if !paragraph.package.isEmpty { body(paragraph) }
    return bytes.count
  }

  /// Index of the first newline from an index on; nil if there is none.
  private static func newline(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    // Safe: memchr reads the bytes from `start` to the end.
    guard let base = bytes.baseAddress,
      let found = memchr(base + start, CInt(UInt8(ascii: "\n")), bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  private mutating func take(_ line: UnsafeRawBufferPointer) {
    func value(_ name: StaticString) -> UnsafeRawBufferPointer? {
      // Safe: compares at most `line.count` bytes.
      guard line.count >= name.utf8CodeUnitCount, let base = line.baseAddress,
        memcmp(base, name.utf8Start, name.utf8CodeUnitCount) == 0
      else { return nil }
      return UnsafeRawBufferPointer(rebasing: line[name.utf8CodeUnitCount...])
    }
    switch line[0] {
    case UInt8(ascii: "P"): package = value("Package: ") ?? package
    case UInt8(ascii: "V"): version = value("Version: ") ?? version
    case UInt8(ascii: "S"): source = value("Source: ") ?? source
    case UInt8(ascii: "M"): maintainer = value("Maintainer: ") ?? maintainer
    case UInt8(ascii: "B"): buildIDs = value("Build-Ids: ") ?? buildIDs
    default: break
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes as text.
  var text: String { String(decoding: self, as: UTF8.self) }

  /// Whether the bytes are the UTF-8 of a text.
  func isText(_ text: String) -> Bool { count == text.utf8.count && elementsEqual(text.utf8) }
}
