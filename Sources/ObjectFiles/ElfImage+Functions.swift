// SPDX-License-Identifier: Apache-2.0

import Bytes

extension ElfImage {
  /// Finds the offset in the file, in bytes, at which the code of a function begins.
  ///
  /// - Parameter name: The linkage name (not demangled), as the symbol tables `.symtab` and
  ///   `.dynsym` have it.
  /// - Returns: Nil if the file has no function of this name, or if the function's code is not in
  ///   the file.
  package func fileOffset(ofFunction name: String) -> UInt64? {
    for type in [ElfConstant.symbolTable, ElfConstant.dynamicSymbolTable] {
      guard let section = sections.first(where: { $0.type == type }),
        let address = address(ofFunction: Array(name.utf8), in: section)
      else { continue }
      let segment = segments.first {
        $0.isExecutable && $0.address <= address && address - $0.address < $0.fileSize
      }
      return segment.map { address - $0.address &+ $0.fileOffset }
    }
    return nil
  }

  /// Finds the linked address of a function in one symbol table.
  ///
  /// Format: System V ABI, "Symbol Table": entries of 24 bytes, whose names are in the section
  /// `link`.
  private func address(ofFunction name: [UInt8], in section: Section) -> UInt64? {
    let entrySize = 24
    let mostBytes: UInt64 = 256 << 20
    guard sections.indices.contains(Int(section.link)),
      let table = contents(of: section, limit: mostBytes).map(ByteReader.init),
      let names = contents(of: sections[Int(section.link)], limit: mostBytes).map(ByteReader.init)
    else { return nil }
    for entry in stride(from: 0, to: table.count, by: entrySize) {
      guard let nameOffset = table.load(UInt32.self, at: entry),
        let information = table.load(UInt8.self, at: entry + 4),
        let place = table.load(UInt16.self, at: entry + 6),
        let address = table.load(UInt64.self, at: entry + 8)
      else { return nil }
      // STT_FUNC or STT_GNU_IFUNC, and defined in this file (not SHN_UNDEF).
      guard [2, 10].contains(information & 15), place != 0,
        names.text(at: Int(nameOffset), limit: name.count + 1)?.elementsEqual(name) == true
      else { continue }
      return address
    }
    return nil
  }
}
