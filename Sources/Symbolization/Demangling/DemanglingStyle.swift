// SPDX-License-Identifier: Apache-2.0

/// How names of linkers are shown.
package enum DemanglingStyle: String, CaseIterable, Sendable {
  /// As `c++filt` and `swift demangle` write them.
  case full
  /// Shorter: C++ without argument lists, Swift as in its backtraces.
  case simple
  /// As the linker has them.
  case none
}
