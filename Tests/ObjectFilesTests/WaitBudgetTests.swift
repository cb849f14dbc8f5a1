// SPDX-License-Identifier: Apache-2.0

import CShims
import Foundation
import Testing

/// The budget of waits for file systems that do not answer, which all threads share.
@Suite struct WaitBudgetTests {
  @Test func waitsGetShorterAsTheBudgetIsSpent() {
    var budget: CInt = 2000
    #expect(fb_next_wait(&budget) == 1000)
    fb_spend_wait(&budget, 1000)
    fb_spend_wait(&budget, 600)
    #expect(fb_next_wait(&budget) == 400)
    fb_spend_wait(&budget, 400)
    #expect(fb_next_wait(&budget) == 100)
    fb_spend_wait(&budget, 100)
    #expect(budget == 0)
  }

  /// Every wait is subtracted once, whatever the threads do at the same time.
  @Test func threadsSpendTogether() {
    let budget = SharedBudget(milliseconds: 1_000_000)
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<100_000 { fb_spend_wait(budget.pointer, 1) }
    }
    #expect(budget.pointer.pointee == 200_000)
  }
}

/// Memory that several threads change, by the functions that are tested only.
private final class SharedBudget: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<CInt>

  init(milliseconds: CInt) {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: milliseconds)
  }

  deinit { pointer.deallocate() }
}
