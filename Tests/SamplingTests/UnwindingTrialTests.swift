// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

@testable import Sampling

struct UnwindingTrialTests {
  @Test func aMedianIsWithinItsSlot() {
    #expect(UnwindingTrial.median(of: []) == 0)
    #expect(UnwindingTrial.median(of: [0, 0]) == 0)
    #expect(UnwindingTrial.median(of: [0, 0, 7]) == 2.5)
    #expect(UnwindingTrial.median(of: [3, 1]) == 2.0 / 3)
    #expect(UnwindingTrial.median(of: [1, 0, 1]) == 1)
    #expect(UnwindingTrial.median(of: [1, 0, 3]) == 2 + 1.0 / 3)
  }
}
