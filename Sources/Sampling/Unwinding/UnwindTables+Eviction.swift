// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// The memory budget of unwind tables. When it is used up, those tables are evicted that no sample has
/// used for longest. A stack that needs an evicted table is truncated with that reason, and requests
/// the table again.
extension UnwindTables {
  /// Age below which a table is not evicted, one second in stamps: two tables that are used in turn
  /// must not replace each other for ever.
  private static let minimumAge: UInt32 = 1_000_000_000 >> UInt32(FB_STAMP_SHIFT)

  /// A time as the BPF program stores it in `last_used`. Never 0, which means that no sample has used
  /// the table.
  static func useTime(_ time: UInt64) -> UInt32 {
    max(1, UInt32(stampOf: time))
  }

  /// Whether a table was built that is not in the maps: a sample may request it.
  var hasAbsentTables: Bool { sizes.count > rowSpace.slices.count }

  /// Evicts tables until `size` words can be allocated. Returns false if too many tables are in use.
  mutating func evict(toFit size: Int, at time: UInt64) -> Bool {
    if rowSpace.canAllocate(size) { return true }
    guard
      let evicted = rowSpace.coldestNeighbours(
        freeing: size, age: { age(of: $0, at: Self.useTime(time)) })
    else { return false }
    for object in evicted { entries[object].state = UInt8(FB_OBJECT_OVER_BUDGET.rawValue) }
    evictedCount += evicted.count
    // Walks that are under way may still read the rows.
    fb_wait_for_running_programs()
    rowSpace.free(evicted)
    return true
  }

  /// Stamps since the last use of a table; nil if it is in use.
  private borrowing func age(of object: ObjectIndex, at now: UInt32) -> UInt32? {
    let lastUse = entries[object].last_used
    if lastUse == 0 { return .max }
    let age = now &- lastUse
    // A use a moment after `now` wraps around to a great age.
    return age > Self.minimumAge && age < 1 << 31 ? age : nil
  }
}
