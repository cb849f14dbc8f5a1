// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc

/// Turns the names of linkers into names for people: C++ in full, Swift simplified.
///
/// Each distinct name is worked on once.
final class Demangler {
  private var known: [String: String] = [:]
  private let style: Demangling

  init(_ style: Demangling = .simple) {
    self.style = style
  }

  /// The name as it should be shown; the name itself where it is not mangled.
  func demangled(_ name: String) -> String {
    if style == .none { return name }
    if let text = known[name] { return text }
    let text = Self.demangle(name)
    known[name] = text
    return text
  }

  /// A hostile name of 40 KB becomes ten times that.
  static let longestInput = 8 << 10
  static let longestOutput = 64 << 10

  private static func demangle(_ name: String) -> String {
    guard name.utf8.count <= longestInput else { return name }
    let (stem, suffix) = split(name)
    return text(of: stem).map { $0 + suffix } ?? (stem + suffix)
  }

  private static func text(of name: String) -> String? {
    if name.hasPrefix("_Z") { return cxxText(of: name) }
    // A block, or a local function, of C++: `_block_invoke` under further underscores.
    if name.hasPrefix("___Z") { return cxxText(of: String(name.dropFirst(2))) }
    for prefix in ["$s", "$S", "_$s", "_$S", "$e", "_$e", "_T0"] where name.hasPrefix(prefix) {
      return swiftText(of: name)
    }
    return nil
  }

  private static func cxxText(of name: String) -> String? {
    var status: CInt = 0
    return owned(__cxa_demangle(name, nil, nil, &status))
  }

  private static func swiftText(of name: String) -> String? {
    var size = 0
    return owned(_swift_backtrace_demangle(name, name.utf8.count, nil, &size))
      ?? owned(swift_demangle(name, name.utf8.count, nil, nil, 0))
  }

  /// Copies a C text and frees it.
  private static func owned(_ text: UnsafeMutablePointer<CChar>?) -> String? {
    guard let text else { return nil }
    defer { free(text) }
    // NUL-terminated: both demanglers promise it.
    let length = min(strlen(text), longestOutput)
    return UnsafeRawBufferPointer(start: text, count: length).withMemoryRebound(to: UInt8.self) {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// What compilers append to a function that they split or copied.
  ///
  /// `.llvm.123` is only a number that makes a name unique, and is left out.
  private static func split(_ name: String) -> (stem: String, suffix: String) {
    var cut: String.Index?
    for mark in [".llvm.", ".cold", ".part.", ".isra.", ".constprop.", ".lto_priv."] {
      if let place = firstRange(of: mark, in: name), place != name.startIndex {
        cut = min(cut ?? place, place)
      }
    }
    guard let cut else { return (name, "") }
    var suffix = String(name[cut...])
    if let place = firstRange(of: ".llvm.", in: suffix) {
      let rest = suffix[suffix.index(place, offsetBy: 6)...].drop { $0.isNumber }
      suffix = String(suffix[..<place] + rest)
    }
    return (String(name[..<cut]), suffix)
  }

  private static func firstRange(of mark: String, in text: String) -> String.Index? {
    let text = text.utf8
    let mark = mark.utf8
    var position = text.startIndex
    while let dot = text[position...].firstIndex(of: UInt8(ascii: ".")) {
      if text[dot...].starts(with: mark) { return dot }
      position = text.index(after: dot)
    }
    return nil
  }
}
