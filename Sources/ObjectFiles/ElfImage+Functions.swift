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
    guard let address = functions(named: [name])[name]?.lowerBound else { return nil }
    let segment = segments.first {
      $0.isExecutable && $0.address <= address && address - $0.address < $0.fileSize
    }
    return segment.map { address - $0.address &+ $0.fileOffset }
  }

  /// Finds functions by their linkage names (not demangled) in the symbol tables `.symtab` and
  /// `.dynsym`.
  ///
  /// - Parameters:
  ///   - names: The names to look for.
  ///   - largestTable: The size in bytes above which a symbol table, or the table of its names, is
  ///     not read.
  /// - Returns: The addresses of each function that was found, as linked; a function whose symbol
  ///   has no size has an empty range. Of several with one name, the first in `.symtab`
  ///   counts.
  package func functions(
    named names: Set<String>, largestTable: UInt64 = 256 << 20
  ) -> [String: Range<UInt64>] {
    var found: [String: Range<UInt64>] = [:]
    for type in [ElfConstant.symbolTable, ElfConstant.dynamicSymbolTable] {
      guard found.count < names.count, let section = sections.first(where: { $0.type == type })
      else { continue }
      found.merge(functions(named: names, in: section, largestTable)) { first, _ in first }
    }
    return found
  }

  /// The addresses of all functions in the symbol tables `.symtab` and `.dynsym`, as linked, ascending;
  /// each once.
  ///
  /// - Parameter largestTable: The size in bytes above which a symbol table is not read.
  package func functionAddresses(largestTable: UInt64) -> [UInt64] {
    var addresses: Set<UInt64> = []
    for section in sections
    where [ElfConstant.symbolTable, ElfConstant.dynamicSymbolTable].contains(section.type) {
      guard let table = contents(of: section, limit: largestTable).map(ByteReader.init) else {
        continue
      }
      eachFunction(in: table) { addresses.insert($1.lowerBound) }
    }
    return addresses.sorted()
  }

  /// Finds functions in one symbol table.
  private func functions(
    named names: Set<String>, in section: Section, _ largestTable: UInt64
  ) -> [String: Range<UInt64>] {
    guard sections.indices.contains(Int(section.link)),
      let table = contents(of: section, limit: largestTable).map(ByteReader.init),
      let texts = contents(of: sections[Int(section.link)], limit: largestTable)
        .map(ByteReader.init)
    else { return [:] }
    let wanted = names.map { (name: $0, bytes: Array($0.utf8)) }
    var found: [String: Range<UInt64>] = [:]
    eachFunction(in: table) { nameOffset, range in
      let first = texts.load(UInt8.self, at: nameOffset)
      for (name, bytes) in wanted where bytes.first == first && found[name] == nil {
        let text = texts.text(at: nameOffset, limit: bytes.count + 1)
        guard text?.elementsEqual(bytes) == true else { continue }
        found[name] = range
      }
    }
    return found
  }

  /// Calls `body` for each function that a symbol table defines, with the offset of its name and its
  /// addresses.
  ///
  /// Format: System V ABI, "Symbol Table": entries of 24 bytes, whose names are in the section
  /// `link`.
  @inline(__always)
  private func eachFunction(
    in table: ByteReader, _ body: (_ nameOffset: Int, _ range: Range<UInt64>) -> Void
  ) {
    for entry in stride(from: 0, to: table.count, by: 24) {
      guard let nameOffset = table.load(UInt32.self, at: entry),
        let information = table.load(UInt8.self, at: entry + 4),
        let place = table.load(UInt16.self, at: entry + 6),
        let address = table.load(UInt64.self, at: entry + 8),
        let size = table.load(UInt64.self, at: entry + 16)
      else { break }
      // STT_FUNC or STT_GNU_IFUNC, and defined in this file (not SHN_UNDEF).
      guard information & 15 == 2 || information & 15 == 10, place != 0 else { continue }
      body(Int(nameOffset), address..<max(address, address &+ size))
    }
  }
}
