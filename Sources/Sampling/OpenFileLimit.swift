// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many files this process may have open, raised as far as that is allowed.
public struct OpenFileLimit {
  /// How many have to be allowed for sampling: maps, programs and links, and for each CPU two events, a link and
  /// one to spare. Files of programs come on top, as many as there is room for.
  public static var least: Int { 64 + 4 * max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }

  /// What held before, and shall hold for a started command.
  let inherited: rlimit
  /// Files that may be open now, within reason.
  let count: Int

  /// Raises the soft limit to the hard one.
  init() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      inherited = rlimit(rlim_cur: 256, rlim_max: 256)
      count = 256
      return
    }
    inherited = limit
    limit.rlim_cur = limit.rlim_max
    let isRaised = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    count = Int(clamping: min(isRaised ? limit.rlim_cur : inherited.rlim_cur, 1 << 16))
  }
}
