// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// The budget: where there is no room for a table, those go that were not used for longest. Samples
/// that need one of them are cut, say so, and ask for it anew.
extension UnwindTables {
  /// A table that was used so lately, a second, stays: two that are in use in turn
  /// must not be built over and over.
  private static let restingStamps: UInt32 = 1_000_000_000 >> UInt32(FB_STAMP_SHIFT)

  /// The program's clock of uses; never 0, which is a table that no sample has used yet.
  static func useTime(_ time: UInt64) -> UInt32 {
    max(1, UInt32(stampOf: time))
  }

  /// Whether samples may meet a file whose table had no room.
  var hasUnbuilt: Bool { sizes.count > space.slices.count }

  /// Sees to it that `size` words can be taken. False if too much of what is there is in use.
  mutating func makeRoom(for size: Int, at time: UInt64) -> Bool {
    if space.hasRoom(for: size) { return true }
    guard
      let leaving = space.coldestNeighbours(
        making: size, age: { age(of: $0, at: Self.useTime(time)) })
    else { return false }
    for object in leaving { table[object].state = FB_OBJECT_OVER_BUDGET.rawValue }
    evicted += leaving.count
    // Walks that are under way may still read what goes.
    fb_wait_for_running_programs()
    space.giveBack(leaving)
    return true
  }

  /// Nil while it is in use.
  private borrowing func age(of object: ObjectIndex, at now: UInt32) -> UInt32? {
    let lastUse = table[object].last_used
    if lastUse == 0 { return .max }
    let age = now &- lastUse
    // A use a moment after `now` has wrapped to a great age.
    return age > Self.restingStamps && age < 1 << 31 ? age : nil
  }
}
