// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sampling

struct RowSpaceTests {
  /// A space with the tables of the objects 0, 1, 2 …, of 10 words each.
  private func space(of count: Int, capacity: Int) -> RowSpace {
    var space = RowSpace(capacity: capacity)
    for object in 0..<count { _ = space.allocate(10, for: object) }
    return space
  }

  @Test func slicesAreAllocatedOneBehindTheOther() {
    var space = RowSpace(capacity: 100)
    #expect(space.allocate(40, for: 1) == 0..<40)
    #expect(space.allocate(40, for: 2) == 40..<80)
    #expect(space.allocate(40, for: 3) == nil)
    #expect(space.allocate(20, for: 4) == 80..<100)
    #expect(space.used == 100)
    #expect(!space.canAllocate(1))
  }

  @Test func holesAreFilledFirst() {
    var space = space(of: 4, capacity: 60)
    space.free([1])
    #expect(space.allocate(15, for: 4) == 40..<55)
    #expect(space.allocate(10, for: 5) == 10..<20)
    space.free([0, 2, 5, 3, 4])
    #expect(space.used == 0)
    #expect(space.allocate(60, for: 6) == 0..<60)
  }

  @Test func theColdestNeighboursAreFreed() {
    let space = space(of: 5, capacity: 50)
    let ages: [UInt32] = [9, 3, 5, 7, 8]
    func freed(_ count: Int, staying: Set<Int> = []) -> [Int]? {
      space.coldestNeighbours(freeing: count) { staying.contains($0) ? nil : ages[$0] }
    }
    #expect(freed(10) == [0])
    #expect(freed(11) == [3, 4])
    #expect(freed(30) == [2, 3, 4])
    #expect(freed(31) == [0, 1, 2, 3])
    #expect(freed(10, staying: [0]) == [4])
    #expect(freed(30, staying: [2]) == nil)
    #expect(freed(51) == nil)
  }

  /// A hole beside a slice counts, so that fewer slices are freed.
  @Test func holesBesideThemCount() {
    var space = space(of: 4, capacity: 60)
    space.free([1])
    let freed = space.coldestNeighbours(freeing: 20) { [50, 0, 40, 45][$0] }
    #expect(freed == [0])
    #expect(space.coldestNeighbours(freeing: 25) { [50, 0, 40, 45][$0] } == [3])
  }
}
