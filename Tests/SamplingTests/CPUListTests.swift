// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sampling

@Suite struct CPUListTests {
  @Test func cpuLists() {
    #expect(CPUList.parse("0-3,8,10-11") == [0, 1, 2, 3, 8, 10, 11])
    #expect(CPUList.parse("0") == [0])
    for text in ["", "3-1", "x", "-", "0-99999999", "1,", "-1", "1-2-3"] {
      #expect(CPUList.parse(text) == nil)
    }
    #expect(!CPUList.online().isEmpty)
  }
}
