// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc

/// A demangler of the linkage names of C++, Rust, Swift and D.
///
/// The result for each name is kept, so that a name is demangled only once. Use it from one thread
/// at a time.
package final class Demangler {
  private var known: [String: String] = [:]
  let style: DemanglingStyle

  /// Creates a demangler.
  ///
  /// - Parameter style: How much of a demangled name is shown.
  package init(_ style: DemanglingStyle = .simple) {
    self.style = style
  }

  /// Longer names, in bytes, are not demangled: hostile names may take long and grow tenfold.
  static let longestInput = 8 << 10
  /// Longer results, in bytes, are cut off.
  static let longestOutput = 64 << 10

  /// Demangles a linkage name, in the style of this demangler. A name that is not mangled is
  /// returned as it is.
  package func demangled(_ name: String) -> String {
    if style == .none || name.utf8.count > Self.longestInput { return name }
    if let text = known[name] { return text }
    let text = style == .full ? Self.fullText(of: name) : Self.simpleText(of: name)
    known[name] = text
    return text
  }

  // --- Full: as c++filt and swift-demangle print it ------------------------------------------

  private static func fullText(of name: String) -> String {
    switch MangledKind(name) {
    case .rust:
      rustText(of: name[..<(name.utf8.firstIndex(of: ".") ?? name.endIndex)], isVerbose: true)
        ?? name
    // Or C++ with a last component that looks like a hash.
    case .rustLegacy:
      rustLegacyText(of: name, isVerbose: true) ?? cxxText(of: name, withArguments: true) ?? name
    case .cxx: cxxText(of: name, withArguments: true) ?? name
    case .swift: swiftText(of: name) ?? name
    case .d: owned(fb_d_demangle(name)) ?? name
    case .plain: name
    }
  }

  // --- Simple: as much as identifies the function in its source ------------------------------

  /// The name without argument lists, hashes, and the suffixes that compilers append to the parts
  /// and copies of a function.
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
    // Prefixes of copies that were specialized, merged, or wrapped for calls through a pointer.
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

  /// The name up to its last `E` before a dot: what follows is not part of it.
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
    // `___Z…_block_invoke`: a block in C++.
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
    // Safe: demanglers return NUL-terminated texts.
    let length = min(strlen(text), longestOutput)
    return UnsafeRawBufferPointer(start: text, count: length).withMemoryRebound(to: UInt8.self) {
      String(decoding: $0, as: UTF8.self)
    }
  }
}

/// The scheme that a name was mangled by, from its first characters.
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
  /// Without the suffixes that compilers append to the parts and copies of a function: `f` for
  /// `f.part.0.cold`.
  var withoutCloneSuffix: Substring {
    var search = utf8.startIndex
    while let dot = utf8[search...].firstIndex(of: ".") {
      search = utf8.index(after: dot)
      let rest = utf8[search...]
      if dot != utf8.startIndex,
        Self.cloneSuffixes.contains(where: { suffix in
          rest.starts(with: suffix.utf8)
            && (rest.dropFirst(suffix.utf8.count).first.map { $0 == "." || $0.isDigit } ?? true)
        })
      {
        return self[..<dot]
      }
    }
    return self[...]
  }

  /// Suffixes of gcc and LLVM. A number and further suffixes may follow.
  private static let cloneSuffixes = [
    "cold", "part", "isra", "constprop", "lto_priv", "llvm", "localalias", "clone", "warm",
    "unlikely",
  ]
}
