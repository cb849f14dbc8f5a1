// SPDX-License-Identifier: Apache-2.0

import Bytes
import CElfutils
import ProfileModel

/// Reads DWARF by libdw: the second reader beside `DebugInformation`, for what that cannot read, and
/// to compare with.
///
/// Entries, attributes, ranges and lines are libdw's. Look-ups by address are our own: libdw's need
/// `.debug_aranges`, which clang and Swift do not write.
final class LibdwInformation: FrameSource {
  private(set) var functions: [SourceFunction] = []
  var files: [String] { sourceFiles.paths }
  private(set) var limits: [NamingLimit] = []

  private let main: LibdwFile
  /// Whose entries `main` refers to.
  private let supplement: LibdwFile?
  private let followsInlines: Bool
  private let units: [LibdwEntry]
  private let ranges: OverlappingRanges<UnitRange>
  private var sourceFiles = LibdwSourceFiles()
  /// By `LibdwEntry.identity`.
  private var functionIndices: [UnsafeMutableRawPointer: Int32] = [:]
  /// Budget of entries and ranges: entries of a hostile file can be siblings of each other.
  private var budget = 1 << 26

  private struct UnitRange: AddressRange {
    var start: UInt64
    var end: UInt64
    /// Index in `units`.
    var unit: Int
  }

  /// - Parameters:
  ///   - supplement: the file that dwz moved common parts to.
  ///   - followsInlines: whether inlined calls become frames; else each address has one frame, of its
  ///     outermost function.
  init(_ main: LibdwFile, supplement: LibdwFile?, followsInlines: Bool) {
    self.main = main
    self.supplement = supplement
    self.followsInlines = followsInlines
    if let supplement { dwarf_setalt(main.handle, supplement.handle) }
    var units: [LibdwEntry] = []
    var ranges: [UnitRange] = []
    var budget = budget
    var unit: OpaquePointer?
    var isWhole = false
    while budget > 0 {
      var next: OpaquePointer?
      var first = Dwarf_Die()
      let status = dwarf_get_units(main.handle, unit, &next, nil, nil, &first, nil)
      isWhole = status > 0
      guard status == 0, let next else { break }
      unit = next
      budget -= 1
      // Cleared for a unit of an unknown version.
      guard first.addr != nil else {
        limits = [.unknownDebugFormat]
        continue
      }
      let entry = LibdwEntry(first)
      entry.forEachRange { start, end in
        ranges.append(UnitRange(start: start, end: end, unit: units.count))
        budget -= 1
        return budget > 0
      }
      units.append(entry)
    }
    if !isWhole { limits = [.unknownDebugFormat] }
    self.units = units
    self.ranges = OverlappingRanges(sorted: ranges.sorted { $0.start < $1.start })
    self.budget = budget
  }

  func frames(at addresses: [UInt64]) -> [[SourceFrame]] {
    var all = [[SourceFrame]](repeating: [], count: addresses.count)
    var members: [Int: [Int]] = [:]
    for (index, address) in addresses.enumerated() {
      // As far back as the own reader goes.
      ranges.forEach(holding: address, limit: DebugInformation.mostOverlappingUnits) { range in
        members[range.unit, default: []].append(index)
        return false
      }
    }
    for (unit, indices) in members.sorted(by: { $0.key < $1.key }) {
      let chains = frames(at: indices.map { addresses[$0] }, in: units[unit])
      for (position, index) in indices.enumerated() { all[index] = chains[position] }
    }
    return all
  }

  private func frames(at addresses: [UInt64], in unit: LibdwEntry) -> [[SourceFrame]] {
    let isSplit = [DwarfAttribute.splitName, DwarfAttribute.gnuSplitName].contains(where: unit.has)
    // libdw would open the split part itself, which a process without rights cannot.
    if isSplit, !limits.contains(.splitMissing) { limits.append(.splitMissing) }
    let lines = LibdwLines(of: unit)
    let (found, entries) = innermostFunctions(at: addresses, in: unit)
    var calls: [Int: SourceFrame] = [:]
    return addresses.indices.map { position in
      let frame = lines.frame(at: addresses[position], &sourceFiles)
      return found.frames(at: position, line: frame) { node in
        if let known = calls[node] { return known }
        let call = call(entries[found.nodes[node].entry], isInlined: found.nodes[node].parent >= 0)
        calls[node] = call
        return call
      }
    }
  }

  /// Scans all entries of a unit. `Node.entry` is an index in the list that is returned, too.
  private func innermostFunctions(
    at addresses: [UInt64], in unit: LibdwEntry
  ) -> (InnermostFunctions, [LibdwEntry]) {
    var found = InnermostFunctions(addresses: addresses)
    var entries: [LibdwEntry] = []
    // Entries that enclose the present one, each with the node around it.
    var outer: [(entry: LibdwEntry, function: Int32)] = []
    var function: Int32 = -1
    guard var entry = unit.firstChild else { return (found, entries) }
    while spend() {
      var inner = function
      let tag = entry.tag
      if tag == DwarfTag.subprogram
        || (tag == DwarfTag.inlinedSubroutine && function >= 0 && followsInlines)
      {
        let parent = tag == DwarfTag.subprogram ? -1 : function
        inner = -1
        entry.forEachRange { start, end in
          found.claim(start, end, for: entries.count, parent, &inner) { spend() }
          return spend()
        }
        if inner >= 0 { entries.append(entry) }
      }
      if let child = entry.firstChild {
        outer.append((entry, function))
        (entry, function) = (child, inner)
        continue
      }
      var next = entry.nextSibling
      while next == nil, let last = outer.popLast() {
        function = last.function
        next = last.entry.nextSibling
      }
      guard let next else { break }
      entry = next
    }
    return (found, entries)
  }

  private func spend() -> Bool {
    budget -= 1
    return budget > 0
  }

  /// The function of an entry, with file, line and column of the call in the function around it.
  private func call(_ entry: LibdwEntry, isInlined: Bool) -> SourceFrame {
    // As in `DebugInformation`: an outermost function may have an origin and a name of its own.
    let origin = isInlined ? entry.reference(DwarfAttribute.abstractOrigin) : nil
    return SourceFrame(
      function: function(of: origin ?? entry),
      file: entry.number(DwarfAttribute.callFile).map { sourceFiles.file($0, of: entry) } ?? 0,
      line: UInt32(clamping: entry.number(DwarfAttribute.callLine) ?? 0),
      column: UInt32(clamping: entry.number(DwarfAttribute.callColumn) ?? 0))
  }

  private func function(of entry: LibdwEntry) -> Int32 {
    guard let identity = entry.identity else { return -1 }
    if let known = functionIndices[identity] { return known }
    let index = Int32(truncatingIfNeeded: functions.count)
    functionIndices[identity] = index
    functions.append(read(entry))
    return index
  }

  /// Reads an entry and those that it refers to, until name, file and line are known.
  private func read(_ entry: LibdwEntry) -> SourceFunction {
    var function = SourceFunction()
    var hasFile = false
    var next: LibdwEntry? = entry
    // A hostile file may have a cycle.
    for _ in 0..<8 {
      guard let entry = next else { break }
      if !function.hasLinkageName,
        let name = entry.text(DwarfAttribute.linkageName)
          ?? entry.text(DwarfAttribute.mipsLinkageName)
      {
        function.name = name
        function.hasLinkageName = true
      }
      if function.name.isEmpty { function.name = entry.text(DwarfAttribute.name) ?? "" }
      if !hasFile, let number = entry.number(DwarfAttribute.declarationFile) {
        function.file = sourceFiles.file(number, of: entry)
        hasFile = true
      }
      if function.startLine == 0 {
        function.startLine = UInt32(clamping: entry.number(DwarfAttribute.declarationLine) ?? 0)
      }
      if function.hasLinkageName, hasFile, function.startLine != 0 { break }
      next =
        entry.reference(DwarfAttribute.specification)
        ?? entry.reference(DwarfAttribute.abstractOrigin)
    }
    return function
  }
}
