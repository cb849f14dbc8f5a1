// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The state of a file's inode by which a change of the file is noticed: two equal versions of one
/// inode have the same bytes.
package struct FileVersion: Hashable, Sendable {
  /// The time of the last change of the bytes or of the inode (`st_ctime` of stat(2)), in
  /// nanoseconds since 1970. No program can set it back. The kernel may round it down by some
  /// milliseconds.
  package var changed: UInt64
  /// The size of the file in bytes.
  package var size: UInt64

  /// Takes the version from a file's status.
  package init(_ status: stat) {
    let time = status.st_ctim
    changed = UInt64(max(time.tv_sec, 0)) * 1_000_000_000 + UInt64(max(time.tv_nsec, 0))
    size = UInt64(max(status.st_size, 0))
  }
}
