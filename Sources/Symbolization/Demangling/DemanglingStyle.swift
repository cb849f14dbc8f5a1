// SPDX-License-Identifier: Apache-2.0

/// A style in which linkage names are shown.
package enum DemanglingStyle: String, CaseIterable, Sendable {
  /// Demangled in full, as `c++filt` and `swift demangle` print them.
  case full
  /// Demangled and shortened: C++ without argument lists, Rust without hashes, Swift as in its
  /// backtraces.
  case simple
  /// Mangled, as the linker has them.
  case none
}
