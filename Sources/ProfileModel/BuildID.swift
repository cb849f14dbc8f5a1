// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The id that the linker wrote into an ELF file (note `NT_GNU_BUILD_ID`), usually 20 bytes.
///
/// Two files with the same build id hold the same code; names found in one are right for the other.
package struct BuildID: Hashable, Sendable, CustomStringConvertible {
  /// The raw bytes of the id, 1 to 64 of them.
  package let bytes: [UInt8]

  /// Creates an id from its bytes, as the note `NT_GNU_BUILD_ID` holds them.
  ///
  /// - Returns: nil if there are no bytes, more than 64 (no linker writes so many), or only zeros
  ///   (which the kernel reports for a file that has no build id).
  package init?(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard (1...64).contains(bytes.count), bytes.contains(where: { $0 != 0 }) else { return nil }
    self.bytes = bytes
  }

  /// The id in lower-case hexadecimal, as `file`, `readelf -n` and pprof write it.
  package var description: String { Hexadecimal.text(of: bytes) }
}
