// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

struct UTCTimeTests {
  @Test(
    arguments: [
      (0, "1970-01-01 00:00:00"), (-1, "1969-12-31 23:59:59"), (951_782_399, "2000-02-28 23:59:59"),
      (951_782_400, "2000-02-29 00:00:00"), (1_709_251_199, "2024-02-29 23:59:59"),
      (1_709_251_200, "2024-03-01 00:00:00"), (1_793_628_192, "2026-11-02 14:03:12"),
      (4_107_542_400, "2100-03-01 00:00:00"),
    ] as [(Int64, String)])
  func agreesWithDate(seconds: Int64, expected: String) {
    #expect(UTCTime(nanosecondsSince1970: seconds * 1_000_000_000).description == expected)
  }

  @Test func extremesDoNotTrap() {
    #expect(UTCTime(nanosecondsSince1970: .max).year == 2262)
    #expect(UTCTime(nanosecondsSince1970: .min).year == 1677)
  }
}
