// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Reads DWARF: functions, inlined calls and lines at addresses of one module.
///
/// Made for many addresses at once. The ranges of all units are sorted once; each unit that holds
/// addresses is scanned once for all of them; and the name of each function that was found is read
/// once, however often the function was inlined.
final class DebugInformation: FrameSource {
  /// A unit whose entries are in another file, a `.dwo` or `.dwp` file.
  struct SplitUnit {
    /// Path of the `.dwo` file, perhaps relative to `folder`.
    var name: String
    /// The compiler's working folder.
    var folder: String
    /// The id that both parts of the unit have.
    var identifier: UInt64
  }

  var functions: [SourceFunction] { known.functions }
  var files: [String] { known.files }
  var limits: [NamingLimit] {
    (isSplitMissing ? [.splitMissing] : []) + (main.hasUnknown ? [.unknownDebugFormat] : [])
  }

  private let known = DwarfFunctions()
  private let main: DwarfFile
  private let followsInlines: Bool
  private let openSplit: (SplitUnit) -> DwarfSections?
  private var isSplitMissing = false

  private struct UnitRange: AddressRange {
    var start: UInt64
    var end: UInt64
    /// Index in `main.units`.
    var unit: Int
  }
  private let ranges: OverlappingRanges<UnitRange>

  /// - Parameters:
  ///   - supplement: the sections of the file that dwz moved common parts to.
  ///   - followsInlines: whether inlined calls become frames; else each address has one frame, of its
  ///     outermost function.
  ///   - openSplit: returns the sections of a split unit; nil where its file is missing.
  init(
    _ sections: DwarfSections, supplement: DwarfSections?, followsInlines: Bool,
    openSplit: @escaping (SplitUnit) -> DwarfSections?
  ) {
    let main = DwarfFile(sections, supplement: supplement.map { DwarfFile($0) })
    self.main = main
    self.followsInlines = followsInlines
    self.openSplit = openSplit
    ranges = OverlappingRanges(sorted: Self.ranges(in: main).sorted { $0.start < $1.start })
  }

  private static func ranges(in file: DwarfFile) -> [UnitRange] {
    var ranges: [UnitRange] = []
    for (index, unit) in file.units.enumerated() {
      if let value = unit.ranges {
        file.forEachRange(value, in: unit) { start, end in
          ranges.append(UnitRange(start: start, end: end, unit: index))
        }
      } else if unit.highPC > unit.lowPC {
        ranges.append(UnitRange(start: unit.lowPC, end: unit.highPC, unit: index))
      }
    }
    return ranges
  }

  func frames(at addresses: [UInt64]) -> [[SourceFrame]] {
    var all = [[SourceFrame]](repeating: [], count: addresses.count)
    var members: [Int: [Int]] = [:]
    for (index, address) in addresses.enumerated() {
      if let unit = unit(holding: address) { members[unit, default: []].append(index) }
    }
    // In the order of the file, so that the same batch gives the same indices.
    for (unit, indices) in members.sorted(by: { $0.key < $1.key }) {
      let chains = frames(at: indices.map { addresses[$0] }, inUnit: unit)
      for (position, index) in indices.enumerated() { all[index] = chains[position] }
    }
    return all
  }

  /// Ranges of units rarely overlap: so many steps back find the one around a smaller one.
  static let mostOverlappingUnits = 8

  private func unit(holding address: UInt64) -> Int? {
    var unit: Int?
    ranges.forEach(holding: address, limit: Self.mostOverlappingUnits) { range in
      unit = range.unit
      return false
    }
    return unit
  }

  private func frames(at addresses: [UInt64], inUnit index: Int) -> [[SourceFrame]] {
    let skeleton = main.units[index]
    guard main.spend(main.units[index].end - main.units[index].offset) else {
      return Array(repeating: [], count: addresses.count)
    }
    let rows = known.lineTable(ofUnit: index, in: main)?.rows(at: addresses) ?? []
    let (file, unit) = self.split(of: skeleton) ?? (main, index)
    let scan = UnitScan(
      file.units[unit], of: file, addresses: addresses, followsInlines: followsInlines)
    var calls = Calls(scan, file, unit)
    return addresses.indices.map { position in
      var frame = SourceFrame(function: -1, file: 0, line: 0, column: 0)
      if position < rows.count, let row = rows[position] {
        frame.file = known.file(row.file, ofUnit: index, in: main)
        frame.line = row.line
        frame.column = row.column
      }
      return scan.found.frames(at: position, line: frame) { call($0, of: &calls) }
    }
  }

  /// The file and the index in it of the unit that a skeleton unit refers to. Nil where the unit is not
  /// split, or its file is missing.
  private func split(of skeleton: DwarfUnit) -> (DwarfFile, Int)? {
    guard let value = skeleton.splitName, let name = main.text(value, in: skeleton) else {
      return nil
    }
    let folder = skeleton.compilationFolder.flatMap { main.text($0, in: skeleton) } ?? ""
    // Without an id nothing shows that a file is the one that the compiler made.
    if let id = skeleton.splitID,
      let sections = openSplit(SplitUnit(name: name, folder: folder, identifier: id))
    {
      let file = DwarfFile(sections, splitFrom: skeleton, in: main)
      if let unit = file.units.firstIndex(where: { $0.splitID == id }) { return (file, unit) }
    }
    isSplitMissing = true
    return nil
  }

  /// The function of each node of a scan, and the call from its parent. Each is read once.
  private struct Calls {
    let scan: UnitScan
    let file: DwarfFile
    /// Index in `file.units`.
    let unit: Int
    let abbreviations: Abbreviations
    /// By node; nil where not read yet.
    var known: [SourceFrame?]

    init(_ scan: UnitScan, _ file: DwarfFile, _ unit: Int) {
      self.scan = scan
      self.file = file
      self.unit = unit
      abbreviations = file.abbreviations(of: file.units[unit])
      known = Array(repeating: nil, count: scan.found.nodes.count)
    }
  }

  /// The function of a node, with the file, line and column of the call in the parent node.
  private func call(_ node: Int, of calls: inout Calls) -> SourceFrame {
    if let known = calls.known[node] { return known }
    var call = SourceFrame(function: -1, file: 0, line: 0, column: 0)
    let entry = calls.scan.found.nodes[node].entry
    var origin = (file: calls.file, entry: entry)
    let unit = calls.file.units[calls.unit]
    calls.file.forEachAttribute(of: entry, in: unit, calls.abbreviations) { name, value in
      switch name {
      case DwarfAttribute.callFile:
        call.file = known.file(value.number, ofUnit: calls.unit, in: calls.file)
      case DwarfAttribute.callLine: call.line = UInt32(clamping: value.number)
      case DwarfAttribute.callColumn: call.column = UInt32(clamping: value.number)
      // The name of an inlined copy is that of its origin. An outermost function may have both an
      // origin and a name of its own, as constructors and destructors do.
      case DwarfAttribute.abstractOrigin where calls.scan.found.nodes[node].parent >= 0:
        if let target = calls.file.target(value, in: unit),
          let file = target.inSupplement ? calls.file.supplement : calls.file
        {
          origin = (file, target.entry)
        }
      default: break
      }
    }
    call.function = known.function(of: origin.entry, in: origin.file)
    calls.known[node] = call
    return call
  }
}
