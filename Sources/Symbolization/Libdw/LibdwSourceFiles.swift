// SPDX-License-Identifier: Apache-2.0

import CElfutils

/// The paths of source files that libdw's entries and lines refer to, each once.
struct LibdwSourceFiles {
  /// The first is empty and means "not known".
  private(set) var paths = [""]
  private var indices: [String: Int32] = ["": 0]
  private var units: [OpaquePointer: Unit] = [:]

  /// The source files of one unit.
  private struct Unit {
    /// The compiler's working folder; empty where not known.
    var folder = ""
    /// A `Dwarf_Files` of libdw; nil where there is none.
    var files: OpaquePointer?
    var count = 0
    /// By the index that the unit uses: indices in `paths`.
    var known: [UInt64: Int32] = [:]
  }

  /// The index in `paths` of the file that an attribute of an entry names by its index in the line
  /// table of the entry's unit; 0 where it is not known.
  mutating func file(_ number: UInt64, of entry: LibdwEntry) -> Int32 {
    guard let identity = entry.unitIdentity else { return 0 }
    var unit = units[identity] ?? unit(of: entry)
    defer { units[identity] = unit }
    if let index = unit.known[number] { return index }
    var index: Int32 = 0
    if number < UInt64(unit.count) {
      index = self.index(of: dwarf_filesrc(unit.files, Int(number), nil, nil), in: unit)
    }
    unit.known[number] = index
    return index
  }

  /// The index in `paths` of the file of a line of an entry's unit.
  ///
  /// - Parameter line: a `Dwarf_Line` of libdw.
  mutating func file(ofLine line: OpaquePointer, in entry: LibdwEntry) -> Int32 {
    var files: OpaquePointer?
    var number = 0
    guard dwarf_line_file(line, &files, &number) == 0 else { return 0 }
    return file(UInt64(number), of: entry)
  }

  private func unit(of entry: LibdwEntry) -> Unit {
    var unit = Unit()
    guard let first = entry.unit else { return unit }
    unit.folder = first.text(DwarfAttribute.compilationFolder) ?? ""
    first.withDie { die in
      guard dwarf_getsrcfiles(die, &unit.files, &unit.count) != 0 else { return }
      unit.files = nil
      unit.count = 0
    }
    return unit
  }

  private mutating func index(of name: UnsafePointer<CChar>?, in unit: Unit) -> Int32 {
    // libdw's word for what is before the first file.
    guard let name, case let path = String(cString: name), path != "???" else { return 0 }
    let folder = unit.folder
    let isWhole = path.hasPrefix("/") || folder.isEmpty || path.isEmpty
    let whole =
      isWhole
      ? Self.withoutSecondSlash(path, in: unit)
      : folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    if let index = indices[whole] { return index }
    let index = Int32(truncatingIfNeeded: paths.count)
    indices[whole] = index
    paths.append(whole)
    return index
  }

  /// libdw puts a slash behind each folder, also behind one that ends with a slash.
  private static func withoutSecondSlash(_ path: String, in unit: Unit) -> String {
    guard path.contains("//") else { return path }
    var folders: UnsafePointer<UnsafePointer<CChar>?>?
    var count = 0
    guard dwarf_getsrcdirs(unit.files, &folders, &count) == 0, let folders else { return path }
    for folder in UnsafeBufferPointer(start: folders, count: count) {
      guard case let text? = folder.map({ String(cString: $0) }), text.hasSuffix("/"),
        path.hasPrefix(text + "/")
      else { continue }
      return text + path.dropFirst(text.count + 1)
    }
    return path
  }
}
