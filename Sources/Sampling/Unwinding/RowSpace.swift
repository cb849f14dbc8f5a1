// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The allocator of the BPF map `rows`: which slice of it belongs to which object's table. Sizes and
/// positions are in words of 64 bits.
struct RowSpace {
  struct Slice {
    var object: ObjectIndex
    var range: Range<Int>
  }

  let capacity: Int
  /// Sorted by position; no two overlap.
  private(set) var slices: [Slice] = []

  init(capacity: Int) {
    self.capacity = capacity
  }

  /// Words in all slices.
  var used: Int { slices.reduce(0) { $0 + $1.range.count } }

  /// Allocates the beginning of the first hole that is large enough; nil if there is none.
  mutating func allocate(_ count: Int, for object: ObjectIndex) -> Range<Int>? {
    for next in 0...slices.count {
      let hole = hole(from: next, upTo: next)
      guard hole.count >= count else { continue }
      let range = hole.lowerBound..<(hole.lowerBound + count)
      slices.insert(Slice(object: object, range: range), at: next)
      return range
    }
    return nil
  }

  /// Frees the slices of objects; those without one are ignored.
  mutating func free(_ objects: [ObjectIndex]) {
    slices.removeAll { objects.contains($0.object) }
  }

  /// Whether `allocate` would succeed.
  func canAllocate(_ count: Int) -> Bool {
    (0...slices.count).contains { hole(from: $0, upTo: $0).count >= count }
  }

  /// The neighbouring slices to free for a hole of `count` words. Of all that would do, those whose
  /// youngest member is oldest; nil if there are none.
  ///
  /// - Parameter age: time since the last use of an object's table; nil if it must stay.
  func coldestNeighbours(
    freeing count: Int, age: (ObjectIndex) -> UInt32?
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

  /// The hole that freeing the slices from `first` up to but not including `end` would leave.
  private func hole(from first: Int, upTo end: Int) -> Range<Int> {
    let start = first > 0 ? slices[first - 1].range.upperBound : 0
    return start..<(end < slices.count ? slices[end].range.lowerBound : capacity)
  }
}
