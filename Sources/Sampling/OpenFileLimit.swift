// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The limit of files that this process may have open (RLIMIT_NOFILE), raised as far as the kernel
/// allows.
package struct OpenFileLimit {
  /// The smallest limit of open files that sampling can work with: 64, and four for each CPU of the
  /// machine. The open files of sampled programs come on top, as many as the limit allows.
  package static var least: Int { 64 + 4 * max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }

  /// The limit before, which a started command gets.
  let inherited: rlimit
  /// The limit now, at most 65,536.
  let count: Int

  /// Perf events that may be opened for the side-band records of single threads. A quarter of what is
  /// left: mapped files take a half.
  var sideBandEvents: Int { max(0, count - Self.least) / 4 }

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
