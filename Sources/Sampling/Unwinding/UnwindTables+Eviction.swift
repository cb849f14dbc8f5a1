// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles
import ProfileModel

/// The budget: where there is no room for a table, those go that were not used for longest. Samples
/// that need one of them are cut, say so, and ask for it anew.
extension UnwindTables {
  /// A table that was used so lately, in ticks of `last_used`, stays: two that are in use in turn
  /// must not be built over and over.
  private static let restingTicks: UInt32 = 1000

  /// The program's clock of uses.
  static func useTime(_ time: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: time >> UInt64(FB_USE_SHIFT))
  }

  /// Whether samples may meet a file whose table had no room.
  var hasUnbuilt: Bool { sizes.count > slices.count }

  /// Sees to it that `size` words can be taken. False if too much of what is there is in use.
  mutating func makeRoom(for size: Int, at time: UInt64) -> Bool {
    if space.hasRoom(for: size) { return true }
    let now = Self.useTime(time)
    let resting = slices.keys
      .map { (object: $0, age: now &- table[$0].last_used) }
      // A use that is a moment newer than `time` has wrapped to a great age.
      .filter { $0.age > Self.restingTicks && $0.age < 1 << 31 || table[$0.object].last_used == 0 }
      .sorted { ($0.age, $0.object) > ($1.age, $1.object) }
    var leaving: [ObjectIndex] = []
    var after = space
    for (object, _) in resting where !after.hasRoom(for: size) {
      guard let slice = slices[object] else { continue }
      after.giveBack(slice)
      leaving.append(object)
    }
    guard after.hasRoom(for: size) else { return false }
    for object in leaving {
      table[object].state = FB_OBJECT_OVER_BUDGET.rawValue
      slices[object] = nil
    }
    evicted += leaving.count
    // Walks that are under way may still read what goes.
    fb_wait_for_running_programs()
    space = after
    return true
  }
}
