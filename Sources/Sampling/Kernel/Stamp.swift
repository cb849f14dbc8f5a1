// SPDX-License-Identifier: Apache-2.0

import CShims

extension UInt32 {
  /// A time of CLOCK_MONOTONIC, in nanoseconds, as the program keeps it: a stamp. It comes around after three
  /// days: to be compared by differences.
  init(stampOf nanoseconds: UInt64) {
    self.init(truncatingIfNeeded: nanoseconds >> UInt64(FB_STAMP_SHIFT))
  }
}
