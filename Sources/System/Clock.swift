// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Returns the time that a clock shows now (clock_gettime(2)), in nanoseconds; 0 if there is no
/// such clock, such as the CPU clock of a process that has ended.
package func nanoseconds(of clock: clockid_t) -> UInt64 {
  var time = timespec()
  guard clock_gettime(clock, &time) == 0 else { return 0 }
  return UInt64(max(time.tv_sec, 0)) * 1_000_000_000 + UInt64(max(time.tv_nsec, 0))
}

/// Returns the time that CLOCK_MONOTONIC shows now, in nanoseconds. The kernel's records of samples
/// and of mappings have times of this clock, too.
package func monotonicNanoseconds() -> UInt64 { nanoseconds(of: CLOCK_MONOTONIC) }
