// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sampling

@Suite struct SharesTests {
  private func owner(_ process: Int, user: UInt32? = 1000) -> Shares.Owner {
    .init(process: process, user: user)
  }

  /// Takes one at a time until none is left, and returns how many there were.
  private func fill(_ shares: inout Shares, for owner: Shares.Owner) -> Int {
    var count = 0
    while shares.take(for: owner) { count += 1 }
    return count
  }

  @Test func oneProcessGetsThreeQuartersAndLeavesTheRest() {
    var shares = Shares(capacity: 160)
    let taken = [
      fill(&shares, for: owner(1)), fill(&shares, for: owner(2, user: 1001)),
      fill(&shares, for: owner(3, user: 1002)),
    ]
    // A sixteenth for the others.
    #expect(taken == [120, 10, 10])
  }

  @Test func aUserWithManyProcessesLeavesAQuarter() {
    var shares = Shares(capacity: 160)
    let taken = (1...50).reduce(0) { sum, process in sum + fill(&shares, for: owner(process)) }
    #expect(taken == 120)
    // A user whose share is not used up: four processes.
    let others = (51...60).map { fill(&shares, for: owner($0, user: 1001)) }
    #expect(others == [10, 10, 10, 10, 0, 0, 0, 0, 0, 0])
  }

  @Test func rootHasNoShareAsAUser() {
    var shares = Shares(capacity: 160)
    let taken = (1...16).reduce(0) { sum, process in
      sum + (0..<10).count { _ in shares.take(for: owner(process, user: 0)) }
    }
    #expect(taken == 160)
    let isMore = shares.take(for: owner(17, user: 0))
    #expect(!isMore)
  }

  @Test func processesOfUnknownUsersAreThoseOfOne() {
    var shares = Shares(capacity: 160)
    let taken = (1...50).reduce(0) { $0 + fill(&shares, for: owner($1, user: nil)) }
    #expect(taken == 120)
  }

  @Test func whatIsGivenBackIsFreeAgain() {
    var shares = Shares(capacity: 160)
    let all = fill(&shares, for: owner(1))
    shares.giveBack(119, of: owner(1))
    let again = fill(&shares, for: owner(1))
    #expect([all, again] == [120, 119])
  }

  /// A mapping needs all of its entries.
  @Test func severalAreTakenTogetherOrNotAtAll() {
    var shares = Shares(capacity: 16)
    let fits = [shares.take(17, for: owner(1)), shares.take(12, for: owner(1))]
    #expect(fits == [false, true])
  }
}
