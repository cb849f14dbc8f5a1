// SPDX-License-Identifier: Apache-2.0

import CElfutils
import ObjectFiles

/// The DWARF of one file, read by libdw: functions, inlined calls and lines at addresses.
///
/// libdw is used as a parser of entries and line tables only. Its own look-ups by address rely on
/// `.debug_aranges`, which clang and Swift do not write, and walk a whole unit for each address;
/// here the ranges of the units are sorted once, and each unit that is hit is walked once for all
/// addresses in it.
final class DebugInformation {
  /// One function that an address is in, innermost first; all but the last are inlined.
  struct Frame {
    var function: Function
    /// Where in the function: the line of the address, or of the call that was inlined.
    var file: String
    var line: UInt32
  }

  struct Function: Hashable {
    /// As the linker knows it, or, where there is none, as the source has it.
    var name: String
    var hasLinkageName: Bool
    var file: String
    var startLine: UInt32
  }

  // Kept open: libelf reads it on demand, by pread. It is never mapped, as whoever owns it may cut
  // it short.
  private let file: OpenFile
  private let elf: OpaquePointer
  private let dwarf: OpaquePointer
  private let supplement: DebugInformation?

  private struct UnitRange {
    var start: UInt64
    var end: UInt64
    var unit: Int
  }
  private var units: [Dwarf_Die] = []
  private var ranges: [UnitRange] = []
  /// By the place of the entry in memory, which tells the supplement's entries apart.
  private var functions: [UInt: Function] = [:]
  private var texts: [UnsafePointer<CChar>: String] = [:]

  /// Nil where the file has no DWARF that libdw can read.
  ///
  /// - Parameter supplement: the file that `.gnu_debugaltlink` names, if there is such a section.
  ///   It must be given: libdw would open whatever the section names.
  init?(_ file: OpenFile, supplement: DebugInformation?) {
    elf_version(UInt32(EV_CURRENT))
    guard let elf = elf_begin(file.descriptor.rawValue, ELF_C_READ, nil) else { return nil }
    guard let dwarf = dwarf_begin_elf(elf, DWARF_C_READ, nil) else {
      elf_end(elf)
      return nil
    }
    self.file = file
    self.elf = elf
    self.dwarf = dwarf
    self.supplement = supplement
    if let supplement { dwarf_setalt(dwarf, supplement.dwarf) }
  }

  deinit {
    dwarf_end(dwarf)
    elf_end(elf)
  }

  /// The frames at each address; empty where DWARF has no function. `addresses` are sorted.
  func frames(at addresses: [UInt64]) -> [[Frame]] {
    if units.isEmpty { readUnits() }
    var frames = [[Frame]](repeating: [], count: addresses.count)
    var indices: [Int: [Int]] = [:]
    for (index, address) in addresses.enumerated() {
      if let unit = unit(holding: address) { indices[unit, default: []].append(index) }
    }
    for (unit, members) in indices {
      let walk = UnitWalk(units[unit], addresses: members.map { addresses[$0] })
      for (position, index) in members.enumerated() {
        frames[index] = chain(from: walk.innermost[position], in: walk, at: addresses[index])
      }
    }
    return frames
  }

  private func unit(holding address: UInt64) -> Int? {
    var index = ranges.partitioningIndex { $0.start > address } - 1
    // Ranges of units rarely overlap; a few steps back find the one around a smaller one.
    for _ in 0..<8 where index >= 0 {
      if address < ranges[index].end { return ranges[index].unit }
      index -= 1
    }
    return nil
  }

  /// All units and their ranges. Split units (`.dwo`) are not asked for: libdw would open the
  /// files that they name.
  private func readUnits() {
    var unit: OpaquePointer?
    var next: OpaquePointer?
    var version: Dwarf_Half = 0
    var type: UInt8 = 0
    var root = Dwarf_Die()
    while dwarf_get_units(dwarf, unit, &next, &version, &type, &root, nil) == 0, let found = next {
      unit = found
      guard units.count < 1 << 20 else { break }
      let index = units.count
      units.append(root)
      var any = false
      forEachRange(of: &root) { start, end in
        any = true
        ranges.append(UnitRange(start: start, end: end, unit: index))
      }
      if !any {
        forEachChild(of: root) { child in
          guard Int(dwarf_tag(&child)) == DW_TAG_subprogram else { return }
          forEachRange(of: &child) { start, end in
            ranges.append(UnitRange(start: start, end: end, unit: index))
          }
        }
      }
    }
    ranges.sort { $0.start < $1.start }
  }

  /// From the innermost entry outwards.
  private func chain(from innermost: Int?, in walk: UnitWalk, at address: UInt64) -> [Frame] {
    guard var index = innermost else { return [] }
    var unit = walk.unit
    var place = sourceLine(of: address, in: &unit)
    var frames: [Frame] = []
    while true {
      var node = walk.nodes[index]
      frames.append(
        Frame(function: function(of: &node.entry), file: place.file, line: place.line))
      guard let parent = node.parent else { return frames }
      place = call(of: &node.entry, in: &unit)
      index = parent
    }
  }

  private func sourceLine(
    of address: UInt64, in unit: inout Dwarf_Die
  ) -> (file: String, line: UInt32) {
    var number: CInt = 0
    guard let line = dwarf_getsrc_die(&unit, address), dwarf_lineno(line, &number) == 0 else {
      return ("", 0)
    }
    return (text(dwarf_linesrc(line, nil, nil)), UInt32(clamping: number))
  }

  /// Where an inlined function was called.
  private func call(
    of entry: inout Dwarf_Die, in unit: inout Dwarf_Die
  ) -> (file: String, line: UInt32) {
    var files: OpaquePointer?
    var count = 0
    let line = number(DW_AT_call_line, of: &entry) ?? 0
    guard let index = number(DW_AT_call_file, of: &entry),
      dwarf_getsrcfiles(&unit, &files, &count) == 0, index < count
    else { return ("", UInt32(clamping: line)) }
    return (text(dwarf_filesrc(files, Int(index), nil, nil)), UInt32(clamping: line))
  }

  private func function(of entry: inout Dwarf_Die) -> Function {
    // All inlined copies share one origin, which has the name. A function that stands by itself may
    // have one of its own: constructors and destructors do.
    var attribute = Dwarf_Attribute()
    var origin = entry
    if Int(dwarf_tag(&entry)) == DW_TAG_inlined_subroutine,
      dwarf_attr(&entry, UInt32(DW_AT_abstract_origin), &attribute) != nil
    {
      var target = Dwarf_Die()
      if dwarf_formref_die(&attribute, &target) != nil { origin = target }
    }
    let key = UInt(bitPattern: origin.addr)
    if let function = functions[key] { return function }
    let linkage =
      string(DW_AT_linkage_name, of: &origin) ?? string(DW_AT_MIPS_linkage_name, of: &origin)
    var line: CInt = 0
    if dwarf_decl_line(&origin, &line) != 0 { line = 0 }
    let function = Function(
      name: linkage ?? string(DW_AT_name, of: &origin) ?? "", hasLinkageName: linkage != nil,
      file: text(dwarf_decl_file(&origin)), startLine: UInt32(clamping: line))
    functions[key] = function
    return function
  }

  private func number(_ name: Int, of entry: inout Dwarf_Die) -> UInt64? {
    var attribute = Dwarf_Attribute()
    var value: Dwarf_Word = 0
    guard dwarf_attr(&entry, UInt32(name), &attribute) != nil,
      dwarf_formudata(&attribute, &value) == 0
    else { return nil }
    return value
  }

  private func string(_ name: Int, of entry: inout Dwarf_Die) -> String? {
    var attribute = Dwarf_Attribute()
    guard dwarf_attr_integrate(&entry, UInt32(name), &attribute) != nil,
      let text = dwarf_formstring(&attribute)
    else { return nil }
    // libdw checked that it ends inside its section.
    return String(cString: text)
  }

  /// Paths come as the same few pointers into libdw's tables.
  private func text(_ pointer: UnsafePointer<CChar>?) -> String {
    guard let pointer else { return "" }
    if let text = texts[pointer] { return text }
    let text = String(cString: pointer)
    texts[pointer] = text
    return text
  }
}
