// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of DWARF, or both. Without a choice, flameback's own reader is used, and libdw for what
/// that cannot read.
package enum DebugReader: String, CaseIterable, Sendable {
  /// Flameback's own reader alone.
  case own
  /// The library of elfutils alone.
  case libdw
  /// Both; each address for which they differ is reported. Names are those of the own reader, and
  /// libdw's for what that cannot read.
  case both
}

extension NamingLimit {
  /// Whether this limit of one reader of debug information may not be one of another.
  var isOfReader: Bool { self == .packedByZstd || self == .unknownDebugFormat }
}
