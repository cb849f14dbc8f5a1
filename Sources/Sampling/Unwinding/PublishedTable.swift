// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// The unwind table of an object as it is in the BPF map `rows`. It is mapped into memory, so it is
/// to be kept no longer than a few walks take.
final class PublishedTable {
  private let object: fb_object
  /// The slice of the table: its index, then its rows.
  private let words: MappedArray<UInt64>

  /// - Parameter words: the object's slice of `rows`, from `object.first_index` on.
  init(_ object: fb_object, _ words: consuming MappedArray<UInt64>) {
    self.object = object
    self.words = words
  }

  /// The row that holds at an address as linked, as `find_row` in `bpf/unwind/lookup.h` finds it; nil
  /// if there is none.
  func row(at pc: UInt64) -> UInt64? {
    guard pc >= UInt64(object.base) else { return nil }
    let word = (pc - UInt64(object.base)) >> UInt64(object.index_shift)
    guard word < UInt64(object.index_count) else { return fb_row(0, FB_ROW_GAP.rawValue) }
    let range = words[Int(word)]
    let firstRow = Int(object.first_row - object.first_index)
    var low = firstRow + Int(UInt32(truncatingIfNeeded: range))
    var high = firstRow + Int(range >> 32)
    guard low <= high, high < words.count else { return nil }
    while low < high {
      let middle = (low + high + 1) / 2
      if UInt64(fb_row_address(words[middle])) <= pc { low = middle } else { high = middle - 1 }
    }
    return UInt64(fb_row_address(words[low])) <= pc ? words[low] : nil
  }
}

extension UnwindTables {
  /// The table of an object; nil unless it is ready.
  borrowing func published(_ object: ObjectIndex) -> PublishedTable? {
    guard state(of: object) == FB_OBJECT_READY,
      let slice = rowSpace.slices.first(where: { $0.object == object })?.range,
      let words = try? MappedArray<UInt64>(rows, slice)
    else { return nil }
    return PublishedTable(entries[object], words)
  }

  /// The state of an object's table. An object that can have none is over the budget.
  borrowing func state(of object: ObjectIndex) -> fb_object_state {
    object < Self.objectCapacity
      ? fb_object_state(UInt32(entries[object].state)) : FB_OBJECT_OVER_BUDGET
  }
}
