// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// What shows that a file with debug information belongs to the program that names it.
enum FileProof: Hashable, Sendable {
  /// The build id of the file itself.
  case buildID(BuildID)
  /// The CRC-32 of the whole file.
  case checksum(UInt32)
  /// The id of a split unit that the file has: a `.dwo` or `.dwp` file.
  case splitUnit(UInt64)

  /// Files larger than this, in bytes, are not used by their checksum: it would take too long.
  static let largestWithChecksum: UInt64 = 2 << 30

  /// Whether an ELF file has what is requested, as far as its headers and a few words show it; the
  /// whole file is read only for a checksum.
  func holds(for file: OpenFile) -> Bool {
    guard let image = ElfImage(file) else { return false }
    return switch self {
    case .buildID(let id): image.buildID == id
    case .checksum(let checksum):
      file.size <= Self.largestWithChecksum
        && FileChecksums.shared.checksum(of: file) == checksum
    case .splitUnit(let id): SplitUnitList(image).contains(id)
    }
  }
}
