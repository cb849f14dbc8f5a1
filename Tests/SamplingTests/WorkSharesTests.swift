// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sampling

@Suite struct WorkSharesTests {
  private let second: UInt64 = 1_000_000_000
  private let atOnce = WorkShares.atOnce

  @Test func aProcessFallsBehindByWhatItCausesBeyondItsShare() {
    var shares = WorkShares()
    shares.charge(1, atOnce, at: 0)
    #expect(shares.behind.isEmpty)
    shares.charge(2, 1, at: 0)
    shares.charge(1, 1, at: 0)
    #expect(shares.behind == [1])
  }

  /// 5 % of a core.
  @Test func workWithinTheShareIsPaidOff() {
    var shares = WorkShares()
    for step in 0..<1000 { shares.charge(1, second / 20, at: UInt64(step) * second) }
    #expect(shares.behind.isEmpty)
    #expect(shares.nextDue == nil)
  }

  /// Half of what it had at once takes two seconds.
  @Test func aProcessIsCaughtUpWithWhenHalfIsPaidOff() {
    var shares = WorkShares()
    shares.charge(1, atOnce + 20, at: second)
    let due = second + 20 * (atOnce / 2 + 20)
    #expect(shares.nextDue == due)
    #expect(shares.takeDue(at: due - 1) == nil)
    #expect(shares.behind == [1])
    #expect(shares.takeDue(at: due) == 1)
    #expect(shares.behind.isEmpty && shares.nextDue == nil)
    // What it has used is not forgotten.
    shares.charge(1, atOnce / 2 + 1, at: due)
    #expect(shares.behind == [1])
  }

  /// Records of others wait meanwhile.
  @Test func processesAreCaughtUpWithOneByOne() {
    var shares = WorkShares()
    shares.charge(1, 2 * atOnce, at: 0)
    shares.charge(2, 3 * atOnce, at: 0)
    #expect(shares.takeDue(at: .max) == 1)
    #expect(shares.takeDue(at: .max) == 2)
    #expect(shares.takeDue(at: .max) == nil)
  }

  /// Else a process could go on in a child.
  @Test func aChildHasUsedWhatItsParentHas() {
    var shares = WorkShares()
    shares.charge(1, atOnce, at: 0)
    shares.inherit(2, from: 1)
    shares.charge(2, 1, at: 0)
    #expect(shares.behind == [2])
    shares.inherit(3, from: 2)
    #expect(shares.behind == [2, 3])
    shares.inherit(3, from: 4)
    #expect(shares.behind == [2])
  }

  @Test func anEndedProcessIsForgotten() {
    var shares = WorkShares()
    shares.charge(1, 2 * atOnce, at: 0)
    shares.forget(1)
    #expect(shares.behind.isEmpty && shares.nextDue == nil)
    shares.charge(1, 1, at: 0)
    #expect(shares.behind.isEmpty)
  }

  /// Processes that are not followed have no end that is noticed.
  @Test func manyProcessesWithoutADebtTakeNoTime() {
    var shares = WorkShares()
    for pid in 0..<100_000 { shares.charge(Int32(pid), 1, at: UInt64(pid) * 100) }
    #expect(shares.behind.isEmpty)
  }
}
