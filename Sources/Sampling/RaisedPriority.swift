// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A higher scheduling priority of the calling thread, as long as the owner lives and if the kernel
/// allows it.
///
/// The stacks of a program that has just started are truncated until its mappings were read. On busy
/// CPUs most of that time passes before this process gets a CPU; the work itself takes microseconds.
/// On a compile with both CPUs busy a higher priority halved the number of truncated stacks.
struct RaisedPriority: ~Copyable {
  /// The nice value before.
  private let previous: CInt

  init() {
    previous = getpriority(Self.which, 0)
    _ = setpriority(Self.which, 0, previous - Self.difference)
  }

  /// How much lower the nice value is.
  static let difference: CInt = 10

  deinit { _ = setpriority(Self.which, 0, previous) }

  private static var which: __priority_which_t { __priority_which_t(PRIO_PROCESS.rawValue) }
}
