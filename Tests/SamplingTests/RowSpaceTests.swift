// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sampling

struct RowSpaceTests {
  @Test func partsAreTakenOneBehindTheOther() {
    var space = RowSpace(capacity: 100)
    #expect(space.take(40) == 0..<40)
    #expect(space.take(40) == 40..<80)
    #expect(space.take(40) == nil)
    #expect(space.take(20) == 80..<100)
    #expect(space.used == 100)
    #expect(!space.hasRoom(for: 1))
  }

  @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
  func whatIsGivenBackGrowsTogether(order: [Int]) {
    var space = RowSpace(capacity: 90)
    let parts = (0..<3).compactMap { _ in space.take(30) }
    for index in order { space.giveBack(parts[index]) }
    #expect(space.used == 0)
    #expect(space.take(90) == 0..<90)
  }

  @Test func holesAreFilledFirst() {
    var space = RowSpace(capacity: 100)
    let first = space.take(30)
    _ = space.take(30)
    if let first { space.giveBack(first) }
    #expect(space.take(40) == 60..<100)
    #expect(space.take(30) == 0..<30)
  }
}
