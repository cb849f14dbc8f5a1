// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The executable mappings of one process, each with the time in which it was there.
struct AddressSpace {
  private let mappings: OverlappingRanges<Mapping>

  /// Empty mappings, and those that end before they begin, are ignored.
  init(_ mappings: [Mapping]) {
    self.mappings = OverlappingRanges(
      sorted: mappings.filter { $0.start < $0.end && $0.from < $0.until }
        .sorted { ($0.start, $0.from) < ($1.start, $1.from) })
  }

  /// The location of an address during a span of time.
  ///
  /// Nil if nothing, or more than one thing, was mapped there in that time: a name would be a guess.
  ///
  /// - Parameters:
  ///   - first: monotonic nanoseconds.
  ///   - last: the same, included.
  func location(of address: UInt64, first: UInt64, last: UInt64) -> ObjectLocation? {
    var found: ObjectLocation?
    var isCertain = true
    var times: [(from: UInt64, until: UInt64)] = []
    mappings.forEach(holding: address) { mapping in
      guard mapping.from <= last, first < mapping.until else { return true }
      let (offset, overflows) = mapping.fileOffset.addingReportingOverflow(address - mapping.start)
      let location = ObjectLocation(
        object: mapping.object, fileOffset: offset, isLow: mapping.start < 1 << 32)
      isCertain = !overflows && (found == nil || found == location)
      found = location
      times.append((mapping.from, mapping.until))
      return isCertain
    }
    guard isCertain, let found else { return nil }
    // The same offset may have been mapped several times, one mapping after the other without a gap.
    var covered = first
    for time in times.sorted(by: { $0.from < $1.from }) where time.from <= covered {
      covered = max(covered, time.until)
    }
    return covered > last ? found : nil
  }
}

extension Mapping: AddressRange {}
