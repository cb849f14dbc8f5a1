// SPDX-License-Identifier: Apache-2.0

/// Which parts of the map `rows` are taken.
struct RowSpace {
  let capacity: Int
  /// Ascending, and none begins where another ends.
  private var free: [Range<Int>]

  init(capacity: Int) {
    self.capacity = capacity
    free = [0..<capacity]
  }

  var used: Int { capacity - free.reduce(0) { $0 + $1.count } }

  func hasRoom(for count: Int) -> Bool { free.contains { $0.count >= count } }

  /// The first part that is large enough; nil if none is.
  mutating func take(_ count: Int) -> Range<Int>? {
    guard let index = free.firstIndex(where: { $0.count >= count }) else { return nil }
    let start = free[index].lowerBound
    if free[index].count == count {
      free.remove(at: index)
    } else {
      free[index] = (start + count)..<free[index].upperBound
    }
    return start..<(start + count)
  }

  mutating func giveBack(_ part: Range<Int>) {
    var part = part
    var place = free.firstIndex { $0.lowerBound > part.lowerBound } ?? free.count
    if place < free.count, free[place].lowerBound == part.upperBound {
      part = part.lowerBound..<free.remove(at: place).upperBound
    }
    if place > 0, free[place - 1].upperBound == part.lowerBound {
      place -= 1
      part = free.remove(at: place).lowerBound..<part.upperBound
    }
    free.insert(part, at: place)
  }
}
