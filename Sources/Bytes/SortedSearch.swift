// SPDX-License-Identifier: Apache-2.0

extension RandomAccessCollection {
  /// Finds by binary search the first element that satisfies a predicate.
  ///
  /// The collection must be partitioned: all elements that do not satisfy the predicate come first.
  /// Sorted values have their lower bound at `partitioningIndex { $0 >= value }`, and the last one
  /// that is at most a value stands right before `partitioningIndex { $0 > value }`.
  ///
  /// - Parameter belongsAfter: The predicate: returns whether an element belongs to the second
  ///   part.
  /// - Returns: The index of the first element of the second part; `endIndex` if there is none.
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
