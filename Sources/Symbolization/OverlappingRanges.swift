// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Addresses from `start` up to, not including, `end`.
protocol AddressRange {
  var start: UInt64 { get }
  var end: UInt64 { get }
}

/// Ranges of addresses that may overlap, for finding all that hold an address.
struct OverlappingRanges<Element: AddressRange> {
  /// Ascending by start.
  let elements: [Element]
  /// For each element the largest end of it and those before: where a search backwards may stop.
  private let reaches: [UInt64]

  /// - Parameter elements: ascending by start.
  init(sorted elements: [Element]) {
    self.elements = elements
    var reach: UInt64 = 0
    reaches = elements.map {
      reach = max(reach, $0.end)
      return reach
    }
  }

  /// Calls `body` with the elements that hold an address, the one with the highest start first, until
  /// it returns false.
  ///
  /// - Parameter limit: the most elements that are searched, holding or not.
  func forEach(
    holding address: UInt64, limit: Int = .max, _ body: (Element) -> Bool
  ) {
    var index = elements.partitioningIndex { $0.start > address } - 1
    var rest = limit
    while index >= 0, reaches[index] > address, rest > 0 {
      if address < elements[index].end, !body(elements[index]) { return }
      index -= 1
      rest -= 1
    }
  }
}
