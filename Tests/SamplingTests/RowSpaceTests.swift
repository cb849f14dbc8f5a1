// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sampling

struct RowSpaceTests {
  /// 0, 1, 2 … of 10 words each, side by side.
  private func space(of count: Int, capacity: Int) -> RowSpace {
    var space = RowSpace(capacity: capacity)
    for object in 0..<count { _ = space.take(10, for: object) }
    return space
  }

  @Test func partsAreTakenOneBehindTheOther() {
    var space = RowSpace(capacity: 100)
    #expect(space.take(40, for: 1) == 0..<40)
    #expect(space.take(40, for: 2) == 40..<80)
    #expect(space.take(40, for: 3) == nil)
    #expect(space.take(20, for: 4) == 80..<100)
    #expect(space.used == 100)
    #expect(!space.hasRoom(for: 1))
  }

  @Test func holesAreFilledFirst() {
    var space = space(of: 4, capacity: 60)
    space.giveBack([1])
    #expect(space.take(15, for: 4) == 40..<55)
    #expect(space.take(10, for: 5) == 10..<20)
    space.giveBack([0, 2, 5, 3, 4])
    #expect(space.used == 0)
    #expect(space.take(60, for: 6) == 0..<60)
  }

  @Test func theColdestNeighboursGo() {
    let space = space(of: 5, capacity: 50)
    let ages: [UInt32] = [9, 3, 5, 7, 8]
    func leaving(_ count: Int, staying: Set<Int> = []) -> [Int]? {
      space.coldestNeighbours(making: count) { staying.contains($0) ? nil : ages[$0] }
    }
    #expect(leaving(10) == [0])
    #expect(leaving(11) == [3, 4])
    #expect(leaving(30) == [2, 3, 4])
    #expect(leaving(31) == [0, 1, 2, 3])
    #expect(leaving(10, staying: [0]) == [4])
    #expect(leaving(30, staying: [2]) == nil)
    #expect(leaving(51) == nil)
  }

  /// What is free beside it counts: then fewer have to go.
  @Test func holesNearbyAreUsed() {
    var space = space(of: 4, capacity: 60)
    space.giveBack([1])
    let leaving = space.coldestNeighbours(making: 20) { [50, 0, 40, 45][$0] }
    #expect(leaving == [0])
    #expect(space.coldestNeighbours(making: 25) { [50, 0, 40, 45][$0] } == [3])
  }
}
