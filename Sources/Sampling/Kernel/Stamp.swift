// SPDX-License-Identifier: Apache-2.0

import CShims

extension UInt32 {
  /// A time of CLOCK_MONOTONIC in nanoseconds as a stamp, the program's unit of 66 µs. Stamps wrap around
  /// after three days: compare them by their difference.
  init(stampOf nanoseconds: UInt64) {
    self.init(truncatingIfNeeded: nanoseconds >> UInt64(FB_STAMP_SHIFT))
  }
}
