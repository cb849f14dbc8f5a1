// SPDX-License-Identifier: Apache-2.0

import CElfutils

/// An entry of `.debug_info` as libdw reads it, with the values of its attributes. Valid as long as
/// its `LibdwFile`.
struct LibdwEntry {
  private var die: Dwarf_Die

  init(_ die: Dwarf_Die) {
    self.die = die
  }

  /// Calls `body` with the entry in libdw's form.
  func withDie<Result>(_ body: (UnsafeMutablePointer<Dwarf_Die>) -> Result) -> Result {
    var die = die
    return body(&die)
  }

  /// Identifies the entry among those of all files.
  var identity: UnsafeMutableRawPointer? { die.addr }

  /// Identifies the entry's unit among those of all files.
  var unitIdentity: OpaquePointer? { die.cu }

  /// As in `DwarfTag`.
  var tag: UInt16 {
    UInt16(truncatingIfNeeded: withDie { dwarf_tag($0) })
  }

  /// The first entry of its unit; nil where libdw refuses it.
  var unit: LibdwEntry? {
    var found = Dwarf_Die()
    let isFound = withDie { dwarf_diecu($0, &found, nil, nil) } != nil
    return isFound ? LibdwEntry(found) : nil
  }

  var firstChild: LibdwEntry? {
    var found = Dwarf_Die()
    return withDie { dwarf_child($0, &found) } == 0 ? LibdwEntry(found) : nil
  }

  var nextSibling: LibdwEntry? {
    var found = Dwarf_Die()
    return withDie { dwarf_siblingof($0, &found) } == 0 ? LibdwEntry(found) : nil
  }

  /// The value of an attribute, made of it by `read`; nil where there is none.
  ///
  /// - Parameter name: as in `DwarfAttribute`.
  private func value<Value>(
    _ name: UInt16, _ read: (UnsafeMutablePointer<Dwarf_Attribute>) -> Value?
  ) -> Value? {
    var attribute = Dwarf_Attribute()
    let isFound = withDie { dwarf_attr($0, UInt32(name), &attribute) } != nil
    return isFound ? read(&attribute) : nil
  }

  func has(_ name: UInt16) -> Bool { value(name) { _ in true } ?? false }

  func text(_ name: UInt16) -> String? {
    // Safe: libdw ends the text within its section.
    value(name) { dwarf_formstring($0).map { String(cString: $0) } }
  }

  func number(_ name: UInt16) -> UInt64? {
    value(name) { attribute in
      var number: Dwarf_Word = 0
      return dwarf_formudata(attribute, &number) == 0 ? number : nil
    }
  }

  /// The entry that an attribute refers to, perhaps in another unit or in the supplement.
  func reference(_ name: UInt16) -> LibdwEntry? {
    value(name) { attribute in
      var found = Dwarf_Die()
      return dwarf_formref_die(attribute, &found) == nil ? nil : LibdwEntry(found)
    }
  }

  /// Calls `body` with each range of addresses that the entry has, those at 0 left out: linkers
  /// leave them behind for functions that they removed.
  ///
  /// - Parameter body: returns whether to go on.
  func forEachRange(_ body: (_ start: UInt64, _ end: UInt64) -> Bool) {
    var die = die
    var base: Dwarf_Addr = 0
    var start: Dwarf_Addr = 0
    var end: Dwarf_Addr = 0
    var position = 0
    while true {
      position = dwarf_ranges(&die, position, &base, &start, &end)
      guard position > 0 else { return }
      if start != 0, start < end, !body(start, end) { return }
    }
  }
}
