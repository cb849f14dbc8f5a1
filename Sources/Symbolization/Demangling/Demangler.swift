// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc

/// Turns the names of linkers into names for people: C++, Rust, Swift and D.
///
/// Each distinct name is worked on once.
package final class Demangler {
  private var known: [String: String] = [:]
  let style: DemanglingStyle

  package init(_ style: DemanglingStyle = .simple) {
    self.style = style
  }

  /// A hostile name of 40 KB becomes ten times that.
  static let longestInput = 8 << 10
  static let longestOutput = 64 << 10

  /// The name as it should be shown; the name itself where it is not mangled.
  package func demangled(_ name: String) -> String {
    if style == .none || name.utf8.count > Self.longestInput { return name }
    if let text = known[name] { return text }
    let text = style == .full ? Self.fullText(of: name) : Self.simpleText(of: name)
    known[name] = text
    return text
  }

  // --- Full: as c++filt and swift-demangle write it ------------------------------------------

  private static func fullText(of name: String) -> String {
    switch MangledKind(name) {
    case .rust:
      rustText(of: name[..<(name.utf8.firstIndex(of: ".") ?? name.endIndex)], isVerbose: true)
        ?? name
    // The file may be C++ after all, whose last name only looks like a hash.
    case .rustLegacy:
      rustLegacyText(of: name, isVerbose: true) ?? cxxText(of: name, withArguments: true) ?? name
    case .cxx: cxxText(of: name, withArguments: true) ?? name
    case .swift: swiftText(of: name) ?? name
    case .d: owned(fb_d_demangle(name)) ?? name
    case .plain: name
    }
  }

  // --- Simple: what a reader needs to know the function --------------------------------------

  /// Without argument lists, hashes, and what compilers append to the parts and copies of a function:
  /// frames that mean the same have the same name.
  private static func simpleText(of name: String) -> String {
    let stem = String(name.withoutCloneSuffix)
    switch MangledKind(stem) {
    case .rust: return rustText(of: stem[...], isVerbose: false) ?? stem
    case .rustLegacy:
      return rustLegacyText(of: stem, isVerbose: false)
        ?? cxxText(of: stem, withArguments: false) ?? stem
    case .cxx: return cxxText(of: stem, withArguments: false) ?? stem
    case .swift: return simpleSwiftText(of: stem) ?? stem
    case .d: return owned(fb_d_demangle(stem)) ?? stem
    case .plain: return stem
    }
  }

  private static func simpleSwiftText(of name: String) -> String? {
    var size = 0
    guard var text = owned(_swift_backtrace_demangle(name, name.utf8.count, nil, &size)) else {
      return swiftText(of: name)
    }
    // A copy that was specialized, merged with others or wrapped to be called through a pointer.
    while let prefix = swiftCopies.first(where: text.hasPrefix), text.utf8.count > prefix.utf8.count
    {
      text.removeFirst(prefix.count)
    }
    return text
  }

  private static let swiftCopies = [
    "specialized ", "partial apply for ", "merged ", "generic not re-abstracted specialized ",
  ]

  // --- The demanglers ------------------------------------------------------------------------

  private static func rustText(of name: Substring, isVerbose: Bool) -> String? {
    RustV0Name.text(of: name.utf8, isVerbose: isVerbose)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// What follows the `E` behind a dot is no part of the name.
  private static func rustLegacyText(of name: String, isVerbose: Bool) -> String? {
    var end = name.utf8.endIndex
    while !name.utf8[..<end].hasSuffix("E") {
      guard let dot = name.utf8[..<end].lastIndex(of: ".") else { return nil }
      end = dot
    }
    return RustLegacyName.text(of: name.utf8[..<end], isVerbose: isVerbose)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static func cxxText(of name: String, withArguments: Bool) -> String? {
    // A block, or a local function, of C++: `_block_invoke` under further underscores.
    let name = name.hasPrefix("___Z") ? String(name.dropFirst(2)) : name
    return owned(fb_cxx_demangle(name, withArguments))
  }

  private static func swiftText(of name: String) -> String? {
    owned(swift_demangle(name, name.utf8.count, nil, nil, 0)).map(SwiftSugar.applied)
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
}

/// Which scheme a name was mangled by, as its beginning tells.
private enum MangledKind {
  case rust, rustLegacy, cxx, swift, d, plain

  init(_ name: String) {
    var name = name
    self = name.withUTF8 { bytes in
      guard bytes.count > 2 else { return .plain }
      switch (bytes[0], bytes[1]) {
      case ("_", "R"): return .rust
      case ("_", "D") where bytes[2].isDigit || bytes.elementsEqual("_Dmain".utf8): return .d
      case ("_", "Z"): return bytes[2] == "N" && bytes.count > 24 ? .rustLegacy : .cxx
      case ("_", "_") where bytes.starts(with: "___Z".utf8): return .cxx
      case ("_", "G") where bytes.starts(with: "_GLOBAL_".utf8): return .cxx
      case ("$", "s"), ("$", "S"), ("$", "e"), ("_", "T"): return .swift
      case ("_", "$"):
        return bytes[2] == "s" || bytes[2] == "S" || bytes[2] == "e" ? .swift : .plain
      case ("@", "_") where bytes.starts(with: "@__swiftmacro_".utf8): return .swift
      default: return .plain
      }
    }
  }
}

extension String {
  /// Without what compilers append to a function that they split or copied: `f.part.0.cold`.
  var withoutCloneSuffix: Substring {
    var search = utf8.startIndex
    while let dot = utf8[search...].firstIndex(of: ".") {
      search = utf8.index(after: dot)
      let rest = utf8[search...]
      if dot != utf8.startIndex,
        Self.cloneMarks.contains(where: { mark in
          rest.starts(with: mark.utf8)
            && (rest.dropFirst(mark.utf8.count).first.map { $0 == "." || $0.isDigit } ?? true)
        })
      {
        return self[..<dot]
      }
    }
    return self[...]
  }

  /// Of gcc and LLVM. Numbers and further marks may follow each.
  private static let cloneMarks = [
    "cold", "part", "isra", "constprop", "lto_priv", "llvm", "localalias", "clone", "warm",
    "unlikely",
  ]
}
