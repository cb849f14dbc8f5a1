// SPDX-License-Identifier: Apache-2.0

import CShims
import System

extension OpenFile {
  /// Opens a regular file that every user may read, by a path that every user may follow; if this
  /// process does not run as root, a file that its user may read without capabilities.
  ///
  /// The kernel decides, as it would for such a user. So nothing is read that the caller of this
  /// function would have to keep from others.
  ///
  /// - Throws: `denied` also if this process may not change its rights; else as `init(opening:)`.
  package static func readableByAll(_ path: String) throws(AbsenceReason) -> OpenFile {
    var rights = fb_rights()
    guard fb_set_rights_aside(&rights) == 0 else { throw .denied }
    defer { fb_take_rights_back(&rights) }
    return try OpenFile(opening: path)
  }

  /// The user who owns the file; nil if its status cannot be read.
  package var owner: UInt32? {
    do throws(SystemError) { return try descriptor.status().st_uid } catch { return nil }
  }
}
