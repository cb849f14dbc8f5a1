// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The time of one of the kernel's clocks, in nanoseconds; 0 where there is no such clock, such as the
/// CPU clock of a process that has ended.
public func nanoseconds(of clock: clockid_t) -> UInt64 {
  var time = timespec()
  guard clock_gettime(clock, &time) == 0 else { return 0 }
  return UInt64(max(time.tv_sec, 0)) * 1_000_000_000 + UInt64(max(time.tv_nsec, 0))
}

/// CLOCK_MONOTONIC, which time stamps of samples and of side-band records use, in nanoseconds.
public func monotonicNanoseconds() -> UInt64 { nanoseconds(of: CLOCK_MONOTONIC) }
