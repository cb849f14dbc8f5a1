// SPDX-License-Identifier: Apache-2.0

extension Array where Element: Hashable {
  /// Returns the index of an element in an array of distinct elements; appends it if it is new.
  ///
  /// - Parameter known: The index of each element of the array; that of a new element is added. The
  ///   caller keeps this dictionary between calls, and begins with an empty one for an empty array.
  package mutating func index(holdingOnce element: Element, _ known: inout [Element: Int]) -> Int {
    if let index = known[element] { return index }
    known[element] = count
    append(element)
    return count - 1
  }
}
