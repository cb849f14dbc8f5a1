// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// The functions of an ELF file by address: `.symtab` and `.dynsym` as flat sorted arrays.
///
/// An address between two functions belongs to neither. Format: System V ABI, "Symbol Table".
struct SymbolTable {
  /// A function: `end` is not included.
  struct Symbol: Hashable {
    var start: UInt64
    var end: UInt64
    var name: String
  }

  /// Sorted; one entry an address.
  private var starts: [UInt64] = []
  private var ends: [UInt64] = []
  /// The largest end so far: where to stop looking for a function that encloses an address.
  private var reaches: [UInt64] = []
  /// Where the name stands: offset × 256 + index in `strings`.
  private var names: [UInt64] = []
  private var strings: [ByteReader] = []

  var count: Int { starts.count }
  var isEmpty: Bool { starts.isEmpty }

  /// Reads the symbols of all files, which hold the same program: the one that was mapped and its
  /// separate debug file.
  init(_ images: [ElfImage]) {
    var candidates: [Candidate] = []
    for image in images {
      for type in [ElfConstant.symbolTable, ElfConstant.dynamicSymbolTable] {
        guard let section = image.sections.first(where: { $0.type == type }),
          section.link < image.sections.count,
          let symbols = image.contents(of: section, limit: Limit.symbolBytes),
          let text = image.contents(
            of: image.sections[Int(section.link)], limit: Limit.stringBytes)
        else { continue }
        Self.collect(
          ByteReader(symbols), names: ByteReader(text), table: strings.count, of: image,
          into: &candidates)
        strings.append(ByteReader(text))
      }
    }
    keepBest(of: candidates)
  }

  /// The function that holds an address: the innermost where one lies inside another.
  func symbol(at address: UInt64) -> Symbol? {
    var index = starts.partitioningIndex { $0 > address } - 1
    var steps = 0
    while index >= 0, reaches[index] > address, steps < Limit.enclosingSteps {
      if ends[index] > address {
        return Symbol(start: starts[index], end: ends[index], name: name(at: index))
      }
      index -= 1
      steps += 1
    }
    return nil
  }

  private func name(at index: Int) -> String {
    let table = Int(names[index] & 0xff)
    guard
      let bytes = strings[table].text(at: Int(names[index] >> 8), limit: Limit.nameBytes)
    else { return "" }
    // `foo@@VERSION`, as some linkers write it.
    let end = bytes.dropFirst().firstIndex(of: UInt8(ascii: "@")) ?? bytes.endIndex
    return String(decoding: bytes[..<end], as: UTF8.self)
  }

  private enum Limit {
    static let symbolBytes: UInt64 = 256 << 20
    static let stringBytes: UInt64 = 512 << 20
    static let nameBytes = 64 << 10
    /// How many nested functions are looked through for the one that encloses an address.
    static let enclosingSteps = 64
  }
}

extension SymbolTable {
  /// A symbol while the table is built.
  private struct Candidate {
    var start: UInt64
    /// `start` where the symbol has no size.
    var end: UInt64
    /// End of the section, which nothing in it can pass.
    var bound: UInt64
    var name: UInt64
    /// Among names of one address the lowest is the best.
    var rank: UInt32
  }

  private static func collect(
    _ symbols: ByteReader, names: ByteReader, table: Int, of image: ElfImage,
    into candidates: inout [Candidate]
  ) {
    let sections = image.sections
    candidates.reserveCapacity(candidates.count + symbols.count / 48)
    for entry in stride(from: 0, to: symbols.count, by: 24) {
      guard let nameOffset = symbols.load(UInt32.self, at: entry),
        let info = symbols.load(UInt8.self, at: entry + 4),
        let sectionIndex = symbols.load(UInt16.self, at: entry + 6),
        let start = symbols.load(UInt64.self, at: entry + 8),
        let size = symbols.load(UInt64.self, at: entry + 16)
      else { break }
      let type = info & 15
      // NOTYPE is how assembly without a `.type` looks; FUNC; GNU_IFUNC.
      guard type == 0 || type == 2 || type == 10, nameOffset != 0, sectionIndex != 0,
        Int(sectionIndex) < sections.count
      else { continue }
      let section = sections[Int(sectionIndex)]
      let (bound, overflows) = section.address.addingReportingOverflow(section.size)
      guard section.isExecutable, !overflows, start >= section.address, start < bound,
        let first = names.load(UInt8.self, at: Int(nameOffset)), first != 0
      else { continue }
      candidates.append(
        Candidate(
          start: start, end: size > bound - start ? bound : start + size, bound: bound,
          name: UInt64(nameOffset) << 8 | UInt64(table),
          rank: rank(type: type, binding: info >> 4, size: size, names, Int(nameOffset))))
    }
  }

  /// FUNC before NOTYPE; GLOBAL, WEAK, LOCAL; those with a size; the fewest leading underscores.
  private static func rank(
    type: UInt8, binding: UInt8, size: UInt64, _ names: ByteReader, _ offset: Int
  ) -> UInt32 {
    let bindings: UInt32 = binding == 1 ? 0 : binding == 2 ? 1 : 2
    var underscores: UInt32 = 0
    while underscores < 15,
      names.load(UInt8.self, at: offset + Int(underscores)) == UInt8(ascii: "_")
    {
      underscores += 1
    }
    return (type == 0 ? 1 << 16 : 0) | bindings << 8 | (size == 0 ? 1 << 7 : 0) | underscores
  }

  /// Sorts, and keeps one name an address.
  private mutating func keepBest(of candidates: [Candidate]) {
    // Sorting plain integers is many times faster than sorting structures. Addresses of programs
    // fit in 47 bits, relative to the first one nearly always in 40; an index fits in 24.
    let base = candidates.lazy.map(\.start).min() ?? 0
    let most = 1 << 24
    var keys: [UInt64] = []
    keys.reserveCapacity(candidates.count)
    for (index, candidate) in candidates.prefix(most).enumerated() {
      let distance = candidate.start - base
      if distance < 1 << 40 { keys.append(distance << 24 | UInt64(index)) }
    }
    keys.sort()

    starts.reserveCapacity(keys.count)
    ends.reserveCapacity(keys.count)
    names.reserveCapacity(keys.count)
    var bounds: [UInt64] = []
    var position = 0
    var reach: UInt64 = 0
    while position < keys.count {
      var best = candidates[Int(keys[position] & 0xff_ffff)]
      var end = best.end
      position += 1
      while position < keys.count {
        let other = candidates[Int(keys[position] & 0xff_ffff)]
        guard other.start == best.start else { break }
        end = max(end, other.end)
        if other.rank < best.rank { best = other }
        position += 1
      }
      // A label inside a function is not a function.
      if end == best.start, best.start < reach { continue }
      reach = max(reach, end)
      starts.append(best.start)
      ends.append(end)
      names.append(best.name)
      bounds.append(best.bound)
    }
    // What has no size, as in assembly, goes on to the next function or to the section's end.
    for index in starts.indices where ends[index] == starts[index] {
      let next = index + 1 < starts.count ? starts[index + 1] : .max
      ends[index] = min(next, bounds[index])
    }
    reach = 0
    reaches = ends.map {
      reach = max(reach, $0)
      return reach
    }
  }
}

extension RandomAccessCollection {
  /// Where a sorted collection turns from false to true.
  func partitioningIndex(where belongsAfter: (Element) -> Bool) -> Index {
    var low = startIndex
    var length = count
    while length > 0 {
      let half = length / 2
      let middle = index(low, offsetBy: half)
      if belongsAfter(self[middle]) {
        length = half
      } else {
        low = index(after: middle)
        length -= half + 1
      }
    }
    return low
  }
}
