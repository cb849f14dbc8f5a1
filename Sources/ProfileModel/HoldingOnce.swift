// SPDX-License-Identifier: Apache-2.0

extension Array where Element: Hashable {
  /// The index of an element that the array holds once; it is appended where it is new.
  ///
  /// - Parameter known: the indices of all elements.
  public mutating func index(holdingOnce element: Element, _ known: inout [Element: Int]) -> Int {
    if let index = known[element] { return index }
    known[element] = count
    append(element)
    return count - 1
  }
}
