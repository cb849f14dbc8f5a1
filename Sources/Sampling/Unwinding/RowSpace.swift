// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Which parts of the map `rows` are taken, by which object's table.
struct RowSpace {
  struct Slice {
    var object: ObjectIndex
    var range: Range<Int>
  }

  let capacity: Int
  /// By place, none over another.
  private(set) var slices: [Slice] = []

  init(capacity: Int) {
    self.capacity = capacity
  }

  var used: Int { slices.reduce(0) { $0 + $1.range.count } }

  /// The first hole that is large enough; nil if none is.
  mutating func take(_ count: Int, for object: ObjectIndex) -> Range<Int>? {
    for next in 0...slices.count {
      let hole = hole(from: next, upTo: next)
      guard hole.count >= count else { continue }
      let range = hole.lowerBound..<(hole.lowerBound + count)
      slices.insert(Slice(object: object, range: range), at: next)
      return range
    }
    return nil
  }

  mutating func giveBack(_ objects: [ObjectIndex]) {
    slices.removeAll { objects.contains($0.object) }
  }

  func hasRoom(for count: Int) -> Bool {
    (0...slices.count).contains { hole(from: $0, upTo: $0).count >= count }
  }

  /// The tables that leave a hole of `count` when they go: neighbours, of which the one that was used
  /// last was used as long ago as can be. Nil where there is no such hole.
  ///
  /// - Parameter age: since its last use; nil for a table that has to stay.
  func coldestNeighbours(
    making count: Int, age: (ObjectIndex) -> UInt32?
  ) -> [ObjectIndex]? {
    var best: (youngest: UInt32, objects: ArraySlice<Slice>)?
    for first in slices.indices {
      var youngest = UInt32.max
      for last in first..<slices.count {
        guard let age = age(slices[last].object) else { break }
        youngest = min(youngest, age)
        if let best, youngest <= best.youngest { break }
        if hole(from: first, upTo: last + 1).count >= count {
          best = (youngest, slices[first...last])
          break
        }
      }
    }
    return best?.objects.map(\.object)
  }

  /// What there would be before the slice `end` if those from `first` on were gone.
  private func hole(from first: Int, upTo end: Int) -> Range<Int> {
    let start = first > 0 ? slices[first - 1].range.upperBound : 0
    return start..<(end < slices.count ? slices[end].range.lowerBound : capacity)
  }
}
