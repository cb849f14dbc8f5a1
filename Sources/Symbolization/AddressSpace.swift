// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What the addresses of one process meant, at which time.
struct AddressSpace {
  /// A place in an object that was mapped.
  struct Place: Hashable {
    var object: ObjectIndex
    var fileOffset: UInt64
    /// Mapped below 4 GiB, as in a 32-bit process.
    var isLow: Bool
  }

  /// Sorted by start, then by time.
  private let mappings: [Mapping]
  /// The largest end so far: where to stop looking for mappings that reach an address.
  private let reaches: [UInt64]

  init(_ mappings: [Mapping]) {
    self.mappings = mappings.filter { $0.start < $0.end && $0.from < $0.until }
      .sorted { ($0.start, $0.from) < ($1.start, $1.from) }
    var reach: UInt64 = 0
    reaches = self.mappings.map {
      reach = max(reach, $0.end)
      return reach
    }
  }

  /// What an address meant during a whole span of time, `first` and `last` included.
  ///
  /// Nil if it meant nothing that is known at some moment of it, or two different things: then a
  /// name would be a guess.
  func place(of address: UInt64, first: UInt64, last: UInt64) -> Place? {
    var index = mappings.partitioningIndex { $0.start > address } - 1
    var found: Place?
    var times: [(from: UInt64, until: UInt64)] = []
    while index >= 0, reaches[index] > address {
      let mapping = mappings[index]
      index -= 1
      guard address < mapping.end, mapping.from <= last, first < mapping.until else { continue }
      let (offset, overflows) = mapping.fileOffset.addingReportingOverflow(address - mapping.start)
      guard !overflows else { return nil }
      let place = Place(
        object: mapping.object, fileOffset: offset, isLow: mapping.start < 1 << 32)
      guard found == nil || found == place else { return nil }
      found = place
      times.append((mapping.from, mapping.until))
    }
    guard let found else { return nil }
    // Mapped again and again at the same place: still without a gap.
    var covered = first
    for time in times.sorted(by: { $0.from < $1.from }) where time.from <= covered {
      covered = max(covered, time.until)
    }
    return covered > last ? found : nil
  }
}
