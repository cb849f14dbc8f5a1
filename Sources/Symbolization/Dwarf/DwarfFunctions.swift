// SPDX-License-Identifier: Apache-2.0

/// The functions and source files that frames refer to. Each is read once, at its first use.
final class DwarfFunctions {
  private(set) var functions: [SourceFunction] = []
  /// Paths. The first is empty and means "not known".
  private(set) var files = [""]
  private var functionIndices: [FunctionKey: Int32] = [:]
  private var fileIndices: [String: Int32] = ["": 0]
  private var lineTables: [LineTableKey: UnitFiles] = [:]

  private struct FunctionKey: Hashable {
    var file: ObjectIdentifier
    /// Offset in the file's `.debug_info`.
    var entry: Int
  }
  private struct LineTableKey: Hashable {
    var file: ObjectIdentifier
    /// Index in the file's units.
    var unit: Int
  }
  /// A unit's line table, and for its files the indices in `files`.
  private struct UnitFiles {
    var table: LineTable?
    /// By the index that the line table uses.
    var indices: [UInt64: Int32] = [:]
  }

  /// The index in `functions` of the function of an entry.
  func function(of entry: Int, in file: DwarfFile) -> Int32 {
    let key = FunctionKey(file: ObjectIdentifier(file), entry: entry)
    if let known = functionIndices[key] { return known }
    let index = Int32(truncatingIfNeeded: functions.count)
    functions.append(read(entry, in: file))
    functionIndices[key] = index
    return index
  }

  /// Reads an entry and those that its DW_AT_abstract_origin and DW_AT_specification refer to, until
  /// name, file and line are known.
  private func read(_ entry: Int, in file: DwarfFile) -> SourceFunction {
    var function = SourceFunction()
    var hasFile = false
    var (file, entry) = (file, entry)
    // Compilers make chains of at most 4. A hostile file may have a cycle.
    for _ in 0..<8 {
      guard let index = file.unit(holding: entry) else { break }
      let unit = file.units[index]
      var next: DwarfValue?
      file.forEachAttribute(of: entry, in: unit, file.abbreviations(of: unit)) { name, value in
        switch name {
        case DwarfAttribute.linkageName, DwarfAttribute.mipsLinkageName:
          guard !function.hasLinkageName, let text = file.text(value, in: unit) else { return }
          function.name = text
          function.hasLinkageName = true
        case DwarfAttribute.name:
          guard function.name.isEmpty else { return }
          function.name = file.text(value, in: unit) ?? ""
        case DwarfAttribute.declarationFile:
          guard !hasFile else { return }
          function.file = self.file(value.number, ofUnit: index, in: file)
          hasFile = true
        case DwarfAttribute.declarationLine:
          if function.startLine == 0 { function.startLine = UInt32(clamping: value.number) }
        case DwarfAttribute.abstractOrigin, DwarfAttribute.specification: next = value
        default: break
        }
      }
      if function.hasLinkageName, hasFile, function.startLine != 0 { break }
      guard let next, let target = file.target(next, in: unit),
        let following = target.inSupplement ? file.supplement : file
      else { break }
      (file, entry) = (following, target.entry)
    }
    return function
  }

  /// The line table of a unit; nil where it has none.
  func lineTable(ofUnit index: Int, in file: DwarfFile) -> LineTable? {
    let key = LineTableKey(file: ObjectIdentifier(file), unit: index)
    if let known = lineTables[key] { return known.table }
    // A split unit has the line table of its skeleton.
    let table = LineTable(of: file.units[index], in: file)
    lineTables[key] = UnitFiles(table: table)
    return table
  }

  /// The index in `files` of a source file, by its index in a unit's line table.
  func file(_ number: UInt64, ofUnit unit: Int, in file: DwarfFile) -> Int32 {
    let key = LineTableKey(file: ObjectIdentifier(file), unit: unit)
    if let known = lineTables[key]?.indices[number] { return known }
    let path = lineTable(ofUnit: unit, in: file)?.path(ofFile: number) ?? ""
    let index = fileIndices[path] ?? Int32(truncatingIfNeeded: files.count)
    if Int(index) == files.count {
      files.append(path)
      fileIndices[path] = index
    }
    lineTables[key]?.indices[number] = index
    return index
  }
}
