// SPDX-License-Identifier: Apache-2.0

/// The reason why a file has no unwind table.
package enum UnwindTableError: Error, Hashable, Sendable {
  /// The file has no call frame information (`.eh_frame`), like the programs of Go.
  case noEhFrame
  /// The file has call frame information, but not one entry of it can be read.
  case malformed
  /// The file has more bytes of call frame information, or more functions or rows, than any real
  /// program has. The limit of rows is ``UnwindTable/mostRows``.
  case tooLarge
}
