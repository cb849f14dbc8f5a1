// SPDX-License-Identifier: Apache-2.0

/// Why a file has no unwind table.
public enum UnwindTableError: Error, Hashable, Sendable {
  /// No call frame information, as in Go's programs.
  case noEhFrame
  /// There is some, but not a single entry of it can be read.
  case malformed
  /// More bytes or rows than any real program has: see ``UnwindTable/mostRows``.
  case tooLarge
}
