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

    /// Creates an owner from both ids.
    package init(user: uid_t, group: gid_t) {
      self.user = user
      self.group = group
    }
  }

  /// The user who called sudo(8), by `SUDO_UID` and `SUDO_GID`; nil unless root has started this process
  /// and both are there. Any other user can set them at will, also for a program whose file gives it
  /// rights.
  package static var ofSudo: Owner? {
    ofSudo(real: getuid(), effective: geteuid()) { name in
      getenv(name).map { String(cString: $0) }
    }
  }

  static func ofSudo(
    real: uid_t, effective: uid_t, variable: (String) -> String?
  ) -> Owner? {
    guard real == 0, effective == 0, let user = variable("SUDO_UID").flatMap({ uid_t($0) }),
      let group = variable("SUDO_GID").flatMap({ gid_t($0) })
    else { return nil }
    return Owner(user: user, group: group)
  }

  /// Whether what this user owns may decide where output goes: root, the user of this process, and
  /// the user who called sudo.
  package static func trusts(_ user: uid_t) -> Bool {
    user == 0 || user == geteuid() || user == getuid() || user == ofSudo?.user
  }
}
