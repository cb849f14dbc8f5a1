// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel

/// The language that a module was written in, as far as the way to build it depends on that.
enum SourceLanguage {
  case go
  case rust
  /// The C library musl, which leaves out unwind tables on purpose.
  case musl
  case other

  /// Recognizes a module by its name, and by the names of the functions in it that were sampled.
  init(ofModule module: Int, in profile: Profile) {
    let name = profile.modules[module].name
    if name.hasPrefix("ld-musl-") || name.hasPrefix("libc.musl-")
      || profile.modules[module].path.containsBytes(of: "-linux-musl/")
    {
      self = .musl
      return
    }
    let functions = profile.frames.lazy
      .filter { $0.module == module && $0.naming == .named }
      .map { profile.functions[$0.function].systemName }
    if functions.contains(where: Self.goFunctions.contains) {
      self = .go
    } else if functions.contains(where: Self.isRust) {
      self = .rust
    } else {
      self = .other
    }
  }

  /// One of these is in nearly every stack of a Go program.
  private static let goFunctions: Set<String> = [
    "runtime.goexit", "runtime.goexit.abi0", "runtime.main", "runtime.mcall", "runtime.mstart",
    "runtime.mstart.abi0", "runtime.systemstack", "runtime.systemstack.abi0", "runtime.morestack",
  ]

  /// Rust's new scheme of mangling, or the hash at the end of its first one.
  private static func isRust(_ systemName: String) -> Bool {
    if systemName.hasPrefix("_R") { return true }
    let end = systemName.suffix(20)
    return systemName.hasPrefix("_ZN") && end.hasPrefix("17h") && end.hasSuffix("E")
      && end.dropFirst(3).dropLast().allSatisfy(\.isHexDigit)
  }
}
