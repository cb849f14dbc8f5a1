// SPDX-License-Identifier: Apache-2.0

/// A style in which linkage names (the names of functions in symbol tables) are shown.
package enum DemanglingStyle: String, CaseIterable, Sendable {
  /// Names are demangled in full, as `c++filt` and `swift demangle` print them.
  case full
  /// Names are demangled and shortened: C++ without argument lists, Rust without hashes, Swift as
  /// in the backtraces of Swift programs.
  case simple
  /// Names stay mangled, as they are in the symbol table.
  case none
}
