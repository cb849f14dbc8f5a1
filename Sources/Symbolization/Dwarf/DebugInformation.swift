// SPDX-License-Identifier: Apache-2.0

/// Functions, inlined calls and lines at addresses of one module, by its DWARF.
///
/// Made for many addresses at once. The ranges of all units are sorted once; each unit that is hit
/// is read through once for all addresses in it, and of each function that was found the name is
/// read once, however often it was inlined.
final class DebugInformation: FrameSource {
  /// A unit whose greater part is in another file.
  struct SplitUnit {
    /// Of the `.dwo` file, and the folder in which was compiled.
    var name: String
    var folder: String
    /// The number that both parts bear.
    var identifier: UInt64
  }

  var functions: [SourceFunction] { known.functions }
  var files: [String] { known.files }

  private let known = DwarfFunctions()
  private let main: DwarfFile
  private let followsInlines: Bool
  private let openSplit: (SplitUnit) -> DwarfSections?
  /// Whether a split unit was wanted and not there.
  private(set) var lacksSplitUnits = false

  private struct UnitRange {
    var start: UInt64
    var end: UInt64
    var unit: Int
  }
  private var ranges: [UnitRange] = []

  /// - Parameters:
  ///   - followsInlines: else each address has one frame, that of its outermost function.
  ///   - openSplit: gives the sections of a split unit; nil where its file is not there.
  init(
    _ sections: DwarfSections, supplement: DwarfSections?, followsInlines: Bool,
    openSplit: @escaping (SplitUnit) -> DwarfSections?
  ) {
    main = DwarfFile(sections, supplement: supplement.map { DwarfFile($0) })
    self.followsInlines = followsInlines
    self.openSplit = openSplit
    for index in main.units.indices { addRanges(ofUnit: index) }
    ranges.sort { $0.start < $1.start }
  }

  private func addRanges(ofUnit index: Int) {
    let unit = main.units[index]
    if let value = unit.ranges {
      main.forEachRange(value, in: unit) { start, end in
        ranges.append(UnitRange(start: start, end: end, unit: index))
      }
    } else if unit.highPC > unit.lowPC {
      ranges.append(UnitRange(start: unit.lowPC, end: unit.highPC, unit: index))
    }
  }

  /// The frames at each address; empty where DWARF knows nothing. `addresses` are sorted.
  func frames(at addresses: [UInt64]) -> [[SourceFrame]] {
    var all = [[SourceFrame]](repeating: [], count: addresses.count)
    var members: [Int: [Int]] = [:]
    for (index, address) in addresses.enumerated() {
      if let unit = unit(holding: address) { members[unit, default: []].append(index) }
    }
    // In the order of the file, so that the same batch gives the same numbers.
    for (unit, indices) in members.sorted(by: { $0.key < $1.key }) {
      let chains = frames(at: indices.map { addresses[$0] }, inUnit: unit)
      for (position, index) in indices.enumerated() { all[index] = chains[position] }
    }
    return all
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
      var place = SourceFrame(function: -1, file: 0, line: 0, column: 0)
      if position < rows.count, let row = rows[position] {
        place.file = known.file(row.file, ofUnit: index, in: main)
        place.line = row.line
        place.column = row.column
      }
      var node = scan.innermost[position]
      if node < 0 { return place.file == 0 ? [] : [place] }
      var frames: [SourceFrame] = []
      while node >= 0 {
        let call = self.call(Int(node), of: &calls)
        place.function = call.function
        frames.append(place)
        place = call
        node = scan.nodes[Int(node)].parent
      }
      return frames
    }
  }

  /// The part of a unit that stands in a file of its own.
  private func split(of skeleton: DwarfUnit) -> (DwarfFile, Int)? {
    guard let value = skeleton.splitName, let name = main.text(value, in: skeleton) else {
      return nil
    }
    let folder = skeleton.compilationFolder.flatMap { main.text($0, in: skeleton) } ?? ""
    let wanted = SplitUnit(name: name, folder: folder, identifier: skeleton.splitID ?? 0)
    if let sections = openSplit(wanted) {
      let file = DwarfFile(sections, splitFrom: skeleton, in: main)
      let unit = file.units.firstIndex { ($0.splitID ?? wanted.identifier) == wanted.identifier }
      if let unit { return (file, unit) }
    }
    lacksSplitUnits = true
    return nil
  }

  /// What the nodes of a scan are: their function, and where they were called from. Read once each.
  private struct Calls {
    let scan: UnitScan
    let file: DwarfFile
    let unit: Int
    let abbreviations: Abbreviations
    var known: [SourceFrame?]

    init(_ scan: UnitScan, _ file: DwarfFile, _ unit: Int) {
      self.scan = scan
      self.file = file
      self.unit = unit
      abbreviations = file.abbreviations(of: file.units[unit])
      known = Array(repeating: nil, count: scan.nodes.count)
    }
  }

  private func call(_ node: Int, of calls: inout Calls) -> SourceFrame {
    if let known = calls.known[node] { return known }
    var call = SourceFrame(function: -1, file: 0, line: 0, column: 0)
    let entry = calls.scan.nodes[node].entry
    var origin = (file: calls.file, entry: entry)
    let unit = calls.file.units[calls.unit]
    calls.file.forEachAttribute(of: entry, in: unit, calls.abbreviations) { name, value in
      switch name {
      case DwarfAttribute.callFile:
        call.file = known.file(value.number, ofUnit: calls.unit, in: calls.file)
      case DwarfAttribute.callLine: call.line = UInt32(clamping: value.number)
      case DwarfAttribute.callColumn: call.column = UInt32(clamping: value.number)
      // All inlined copies share one origin, which has the name. A function that stands by itself
      // may have one of its own: constructors and destructors do.
      case DwarfAttribute.abstractOrigin where calls.scan.nodes[node].parent >= 0:
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
