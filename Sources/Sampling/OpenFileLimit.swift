// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many files this process may have open.
enum OpenFileLimit {
  /// Raises the soft limit to the hard one, where that is allowed, and returns what holds then.
  static func raised() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
    var raised = limit
    raised.rlim_cur = limit.rlim_max
    if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    return Int(clamping: min(limit.rlim_cur, 1 << 16))
  }
}
