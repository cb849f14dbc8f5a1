// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The user on whose behalf this process runs.
package enum Invoker {
  /// A user and a group that own a file.
  package struct Owner: Hashable, Sendable {
    /// The user's id.
    package var user: uid_t
    /// The group's id.
    package var group: gid_t
  }

  /// The user who called sudo(8), by `SUDO_UID` and `SUDO_GID`; nil unless this process runs as
  /// root and both are there. Any other user can set them at will.
  package static var ofSudo: Owner? {
    guard geteuid() == 0, let user = id("SUDO_UID"), let group = id("SUDO_GID") else { return nil }
    return Owner(user: user, group: group)
  }

  /// Whether what this user owns may decide where output goes: root, the user of this process, and
  /// the user who called sudo.
  package static func trusts(_ user: uid_t) -> Bool {
    user == 0 || user == geteuid() || user == getuid() || user == ofSudo?.user
  }

  private static func id(_ variable: String) -> UInt32? {
    getenv(variable).flatMap { UInt32(String(cString: $0)) }
  }
}
