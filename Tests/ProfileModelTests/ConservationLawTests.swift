// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

/// The laws that show that nothing was lost silently.
@Suite struct ConservationLawTests {
  private func account(lost: UInt64) -> Account {
    var account = Account()
    account.samples.fired = 1010
    account.samples.idle = 1001
    account.samples.filtered = 2
    account.samples.recorded = 3
    account.samples.lost = [.mapFull: lost]
    return account
  }

  @Test func theLawOfSamplesIsExact() {
    #expect(account(lost: 4).allLaws.map(\.holds) == [true])
    let broken = account(lost: 5).allLaws
    #expect(broken.map(\.residual) == [-1] && broken.map(\.holds) == [false])
    #expect(
      account(lost: 4).samples.law.equation
        == "1,010 samples = 1,001 idle + 2 filtered + 3 recorded + 4 lost: map_full")
  }

  @Test func manyTruncatedStacksAreMoreThanAFifth() {
    var stacks = StackAccount()
    #expect(stacks.truncatedPercent == 0 && !stacks.hasManyTruncated)
    (stacks.complete, stacks.approximate, stacks.truncated) = (60, 20, [.depth: 15, .noCFI: 5])
    #expect(stacks.total == 100 && stacks.truncatedPercent == 20 && !stacks.hasManyTruncated)
    stacks.truncated[.internal] = 1
    #expect(stacks.hasManyTruncated)
  }

  /// Times are read one after the other, so that they need a tolerance.
  @Test func lawsOfOtherCollectorsFollow() {
    var account = account(lost: 4)
    account.laws = [
      ConservationLaw(
        "waits", .nanoseconds, total: 100, parts: [.init("waited", 98)], tolerance: 2),
      ConservationLaw("locks", .nanoseconds, total: 100, parts: [.init("held", 103)], tolerance: 2),
    ]
    #expect(account.allLaws.map(\.key) == ["samples", "waits", "locks"])
    #expect(account.allLaws.map(\.residual) == [0, 2, -3])
    #expect(account.allLaws.map(\.holds) == [true, true, false])
  }
}
