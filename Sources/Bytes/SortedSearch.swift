// SPDX-License-Identifier: Apache-2.0

extension RandomAccessCollection {
  /// The first index whose element satisfies a predicate, in a collection that is partitioned by it:
  /// all elements that do not satisfy it come first. `endIndex` where none does.
  ///
  /// A binary search: sorted values have their lower bound at `partitioningIndex { $0 >= value }`,
  /// and the last one that is at most a value stands right before `partitioningIndex { $0 > value }`.
  @inlinable
  public func partitioningIndex(
    where belongsAfter: (Element) -> Bool
  ) -> Index {
    var low = startIndex
    var length = count
    while length > 0 {
      let half = length / 2
      let middle = index(low, offsetBy: half)
      if belongsAfter(self[middle]) {
        length = half
      } else {
        low = index(after: middle)
        length -= half + 1
      }
    }
    return low
  }
}
