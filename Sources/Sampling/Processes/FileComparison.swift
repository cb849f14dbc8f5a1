// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import System

/// Decides whether one open file can be read in place of another: tables and names of both are then
/// made once.
///
/// A path, a build id and a size can be made by everybody. So all bytes are compared. They must not
/// differ later either: both files belong to the same user, and no other user may write them.
struct FileComparison {
  /// How many bytes may be compared now. Where a process has used this up, copies of other programs are
  /// separate objects, which takes more memory.
  private var allowance = Self.greatestAllowance
  private var lastTime = monotonicNanoseconds()

  /// The largest files that are compared, in bytes: larger ones take too long while samples are taken.
  private static let largest: UInt64 = 32 << 20
  private static let greatestAllowance: UInt64 = 256 << 20
  /// By this much the allowance grows: less than a hundredth of a CPU is spent on that.
  private static let bytesPerMillisecond: UInt64 = 16 << 10
  private static let pieceSize: UInt64 = 256 << 10

  /// Whether `file` is the same file as `other`, or has the same bytes.
  mutating func mayStand(_ file: OpenFile, for other: OpenFile) -> Bool {
    if file.device == other.device, file.inode == other.inode { return true }
    guard file.size == other.size, file.size <= Self.largest, Self.haveOneWriter(file, other)
    else { return false }
    return haveSameBytes(file, other)
  }

  private static func haveOneWriter(_ file: OpenFile, _ other: OpenFile) -> Bool {
    guard let first = try? file.descriptor.status(), let second = try? other.descriptor.status()
    else { return false }
    return first.st_uid == second.st_uid && (first.st_mode | second.st_mode) & 0o022 == 0
  }

  private mutating func haveSameBytes(_ file: OpenFile, _ other: OpenFile) -> Bool {
    let now = monotonicNanoseconds()
    let elapsed = min((now &- lastTime) / 1_000_000, 1 << 32)
    lastTime = now
    allowance = min(allowance + elapsed * Self.bytesPerMillisecond, Self.greatestAllowance)
    var offset: UInt64 = 0
    while offset < file.size {
      let count = min(Self.pieceSize, file.size - offset)
      guard allowance >= count else { return false }
      allowance -= count
      guard let bytes = file.bytes(at: offset, count: count),
        bytes == other.bytes(at: offset, count: count)
      else { return false }
      offset += count
    }
    return true
  }
}
