// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// The functions of an ELF file by address: `.symtab` and `.dynsym` as flat sorted arrays.
///
/// An address between two functions belongs to neither; stubs are named by what they call. Names are read where they are asked for.
/// Format: System V ABI, "Symbol Table".
package struct SymbolTable {
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
  /// Numbers in `sources`.
  private var ordinals: [UInt32] = []
  private var sources: [SymbolSource] = []
  /// Numbered behind the functions.
  private var stubs: [PLTStubs.Stub] = []

  package var count: Int { starts.count }

  /// Reads the symbols of all files, which hold the same program: the one that was mapped and its
  /// separate debug file.
  package init(_ images: [ElfImage]) {
    for image in images {
      for type in [ElfConstant.symbolTable, ElfConstant.dynamicSymbolTable] {
        if let source = SymbolSource(
          image, type: type, first: sources.last?.numbers.upperBound ?? 0)
        {
          sources.append(source)
        }
      }
    }
    keepBest()
    stubs = images.first.map(PLTStubs.stubs) ?? []
  }

  /// The function that holds an address: the innermost where one lies inside another.
  func symbol(at address: UInt64) -> Symbol? {
    index(at: address).map { index in
      guard index < starts.count else {
        let stub = stubs[index - starts.count]
        return Symbol(start: stub.start, end: stub.end, name: stub.name)
      }
      return Symbol(start: starts[index], end: ends[index], name: name(at: index))
    }
  }

  /// Number of the function that holds an address, less than `count`.
  package func index(at address: UInt64) -> Int? {
    var index = starts.partitioningIndex { $0 > address } - 1
    var steps = 0
    while index >= 0, reaches[index] > address, steps < Self.mostEnclosing {
      if ends[index] > address { return index }
      index -= 1
      steps += 1
    }
    let stub = stubs.partitioningIndex { $0.start > address } - 1
    return stub >= 0 && address < stubs[stub].end ? starts.count + stub : nil
  }

  package func name(at index: Int) -> String {
    guard index < ordinals.count else { return stubs[index - ordinals.count].name }
    let ordinal = ordinals[index]
    return sources.first { $0.numbers.contains(ordinal) }?.name(ordinal) ?? ""
  }

  /// The source file that a local function came from, as far as the table tells.
  func sourceFile(at index: Int) -> String? {
    guard index < ordinals.count else { return nil }
    let ordinal = ordinals[index]
    return sources.first { $0.numbers.contains(ordinal) }?.sourceFile(ordinal)
  }

  /// How many nested functions are looked through for the one that encloses an address.
  private static let mostEnclosing = 64

  /// Sorts, and keeps one name an address.
  private mutating func keepBest() {
    // Sorting plain integers is many times faster than sorting structures. Addresses of programs
    // fit in 47 bits, relative to the first one nearly always in 40; a number fits in 24.
    let base = sources.map(\.lowest).min() ?? 0
    var keys: [UInt64] = []
    keys.reserveCapacity(sources.reduce(0) { $0 + $1.numbers.count })
    for index in sources.indices { sources[index].appendKeys(from: base, to: &keys) }
    radixSort(&keys)

    starts.reserveCapacity(keys.count)
    ends.reserveCapacity(keys.count)
    ordinals.reserveCapacity(keys.count)
    var bounds: [UInt64] = []
    bounds.reserveCapacity(keys.count)
    var position = 0
    var reach: UInt64 = 0
    while position < keys.count {
      let distance = keys[position] >> 24
      var best = symbol(keys[position])
      var end = best.end
      position += 1
      while position < keys.count, keys[position] >> 24 == distance {
        let other = symbol(keys[position])
        end = max(end, other.end)
        if isBetter(other, than: best) { best = other }
        position += 1
      }
      // A label inside a function is not a function.
      if end == best.start, best.start < reach { continue }
      reach = max(reach, end)
      starts.append(best.start)
      ends.append(end)
      ordinals.append(best.ordinal)
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

  private func symbol(_ key: UInt64) -> SymbolSource.Symbol {
    let ordinal = UInt32(key & 0xff_ffff)
    for source in sources where source.numbers.contains(ordinal) { return source.symbol(ordinal) }
    return SymbolSource.Symbol()
  }

  /// FUNC before NOTYPE; GLOBAL, WEAK, LOCAL; those with a size; the fewest leading underscores; of
  /// equals the last one, as other tools do.
  private func isBetter(_ a: SymbolSource.Symbol, than b: SymbolSource.Symbol) -> Bool {
    a.rank != b.rank
      ? a.rank < b.rank : leadingUnderscores(a.ordinal) <= leadingUnderscores(b.ordinal)
  }

  private func leadingUnderscores(_ ordinal: UInt32) -> Int {
    sources.first { $0.numbers.contains(ordinal) }?.leadingUnderscores(ordinal) ?? 0
  }
}

/// Sorts numbers, eleven bits at a time: of a quarter of a million in a sixth of the time that
/// comparing them takes.
func radixSort(_ keys: inout [UInt64]) {
  let highest = keys.max() ?? 0
  var other = [UInt64](repeating: 0, count: keys.count)
  var counts = [Int](repeating: 0, count: 2048)
  var shift: UInt64 = 0
  while shift < 64, highest >> shift != 0 {
    for index in counts.indices { counts[index] = 0 }
    for key in keys { counts[Int(key >> shift & 2047)] += 1 }
    var sum = 0
    for index in counts.indices {
      let count = counts[index]
      counts[index] = sum
      sum += count
    }
    for key in keys {
      let digit = Int(key >> shift & 2047)
      other[counts[digit]] = key
      counts[digit] += 1
    }
    swap(&keys, &other)
    shift += 11
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
