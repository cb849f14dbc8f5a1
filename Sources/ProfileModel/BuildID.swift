// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The identity that the linker wrote into a file (`NT_GNU_BUILD_ID`), usually 20 bytes.
///
/// Two files with the same build id hold the same code; names found in one are right for the other.
public struct BuildID: Hashable, Sendable, CustomStringConvertible {
  /// The raw bytes, 1 to 64 of them.
  public let bytes: [UInt8]

  /// Refuses an empty id, one that is longer than any linker writes, and one of zeros only (the
  /// kernel reports zeros where a file has none).
  public init?(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard (1...64).contains(bytes.count), bytes.contains(where: { $0 != 0 }) else { return nil }
    self.bytes = bytes
  }

  /// Lower-case hexadecimal, as `file`, `readelf -n` and pprof write it.
  public var description: String { Hexadecimal.text(of: bytes) }
}
