// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles

/// The functions of an ELF file by address: the symbols of `.symtab` and `.dynsym` in flat sorted
/// arrays, and the stubs of the procedure linkage table.
///
/// An address between two functions belongs to neither. A name is read only when it is asked for.
/// Format: System V ABI, "Symbol Table".
package struct SymbolTable {
  /// A function.
  struct Symbol: Hashable {
    var start: UInt64
    /// Not included.
    var end: UInt64
    var name: String
  }

  /// Ascending and distinct. The arrays that follow have an element for each of these addresses.
  private var starts: [UInt64] = []
  private var ends: [UInt64] = []
  /// The largest end of a function and those before: where a search backwards may stop.
  private var reaches: [UInt64] = []
  /// As in `SymbolSource`.
  private var ordinals: [UInt32] = []
  private var sources: [SymbolSource] = []
  /// Their indices come after those of the functions.
  private var stubs: [PLTStubs.Stub] = []

  /// The number of functions in the table. Stubs of the procedure linkage table are not counted.
  package var count: Int { starts.count }

  /// Reads the symbols of all files that belong to one program: the file that was mapped, its
  /// separate debug file, and the symbol table in its section `.gnu_debugdata`.
  ///
  /// - Parameters:
  ///   - images: The headers of these files, the mapped one first: stubs of the procedure linkage
  ///     table are read from the first file only.
  ///   - ranges: The functions of the first file, which bound symbols without a size; nil for those
  ///     that the file has.
  package init(_ images: [ElfImage], _ ranges: FunctionRanges? = nil) {
    for image in images {
      for type in [ElfConstant.symbolTable, ElfConstant.dynamicSymbolTable] {
        if let source = SymbolSource(
          image, type: type, first: sources.last?.ordinals.upperBound ?? 0)
        {
          sources.append(source)
        }
      }
    }
    let sizeless = keepBest()
    if let image = images.first { bound(sizeless, by: ranges ?? FunctionRanges(image)) }
    var reach: UInt64 = 0
    reaches = ends.map {
      reach = max(reach, $0)
      return reach
    }
    stubs = images.first.map(PLTStubs.stubs) ?? []
  }

  /// The function or stub that holds an address, the innermost where one is inside another; nil if
  /// none does.
  func symbol(at address: UInt64) -> Symbol? {
    index(at: address).map { index in
      guard index < starts.count else {
        let stub = stubs[index - starts.count]
        return Symbol(start: stub.start, end: stub.end, name: stub.name)
      }
      return Symbol(start: starts[index], end: ends[index], name: name(at: index))
    }
  }

  /// Finds the function that holds an address, or the stub of the procedure linkage table.
  ///
  /// - Parameter address: The address as linked.
  /// - Returns: An index for `name(at:)`: below `count` for a function, `count` or more for a stub;
  ///   nil if no function or stub holds the address.
  package func index(at address: UInt64) -> Int? {
    var index = starts.partitioningIndex { $0 > address } - 1
    var steps = 0
    while index >= 0, reaches[index] > address, steps < Self.mostSearched {
      if ends[index] > address { return index }
      index -= 1
      steps += 1
    }
    let stub = stubs.partitioningIndex { $0.start > address } - 1
    return stub >= 0 && address < stubs[stub].end ? starts.count + stub : nil
  }

  /// Reads the linkage name (not demangled) of a function or stub. It is untrusted text from the
  /// file.
  ///
  /// - Parameter index: An index that `index(at:)` has returned.
  /// - Returns: The name; empty if it cannot be read.
  package func name(at index: Int) -> String {
    guard index < ordinals.count else { return stubs[index - ordinals.count].name }
    let ordinal = ordinals[index]
    return sources.first { $0.ordinals.contains(ordinal) }?.name(ordinal) ?? ""
  }

  /// The source file of a local function; nil where not known.
  func sourceFile(at index: Int) -> String? {
    guard index < ordinals.count else { return nil }
    let ordinal = ordinals[index]
    return sources.first { $0.ordinals.contains(ordinal) }?.sourceFile(ordinal)
  }

  /// The most functions that are searched for one address, against hostile files.
  private static let mostSearched = 64

  /// A symbol without a size, as assembly has them.
  private struct Sizeless {
    var index: Int
    /// The end of its section.
    var bound: UInt64
  }

  /// Sorts the symbols of all sources, and keeps the best symbol of each address.
  ///
  /// - Returns: those without a size; they have no end yet.
  private mutating func keepBest() -> [Sizeless] {
    // Integers are sorted many times faster than structures. An address minus the first one has at
    // most 40 bits in nearly all programs, and an ordinal has 24.
    let base = sources.map(\.lowest).min() ?? 0
    var keys: [UInt64] = []
    keys.reserveCapacity(sources.reduce(0) { $0 + $1.ordinals.count })
    for index in sources.indices { sources[index].appendKeys(from: base, to: &keys) }
    radixSort(&keys)

    // A constant: as members of `self`, they would be retained for each of a million symbols.
    let tables = sources
    starts.reserveCapacity(keys.count)
    ends.reserveCapacity(keys.count)
    ordinals.reserveCapacity(keys.count)
    var sizeless: [Sizeless] = []
    var position = 0
    var reach: UInt64 = 0
    while position < keys.count {
      let distance = keys[position] >> 24
      var best = Self.symbol(keys[position], of: tables)
      var end = best.end
      position += 1
      while position < keys.count, keys[position] >> 24 == distance {
        let other = Self.symbol(keys[position], of: tables)
        end = max(end, other.end)
        if Self.isBetter(other, than: best, of: tables) { best = other }
        position += 1
      }
      // A symbol without a size inside a function is a label.
      if end == best.start {
        if best.start < reach { continue }
        sizeless.append(Sizeless(index: starts.count, bound: best.bound))
      }
      reach = max(reach, end)
      starts.append(best.start)
      ends.append(end)
      ordinals.append(best.ordinal)
    }
    return sizeless
  }

  /// Gives symbols without a size an end: the next symbol, the end of the section, and what the call
  /// frame information says of functions: where the one ends that holds the symbol, or else the next
  /// one begins, which has lost its own symbol.
  private mutating func bound(_ symbols: [Sizeless], by ranges: FunctionRanges) {
    for symbol in symbols {
      let index = symbol.index
      let start = starts[index]
      var end = index + 1 < starts.count ? min(starts[index + 1], symbol.bound) : symbol.bound
      if let range = ranges.range(holding: start) {
        end = min(end, range.upperBound)
      } else if name(at: index) == Self.compilersLast {
        end = min(end, start + Self.mostOfCompilersLast)
      }
      ends[index] = min(end, ranges.start(after: start) ?? .max)
    }
  }

  /// The last function of gcc's `crtbegin.o`, a jump to the function before it. It has neither a size
  /// nor call frame information, and the code of the program follows it. The jump takes 5 bytes, or is
  /// behind an `endbr64` of 4.
  private static let compilersLast = "frame_dummy"
  private static let mostOfCompilersLast: UInt64 = 5

  private static func symbol(_ key: UInt64, of sources: [SymbolSource]) -> SymbolSource.Symbol {
    let ordinal = UInt32(key & 0xff_ffff)
    for source in sources where source.ordinals.contains(ordinal) { return source.symbol(ordinal) }
    return SymbolSource.Symbol()
  }

  /// Whether a symbol is better than an earlier one at the same address: STT_FUNC before
  /// STT_NOTYPE; global before weak before local; with a size before without; fewer leading
  /// underscores. Of equals the last one is taken, as other tools do.
  private static func isBetter(
    _ a: SymbolSource.Symbol, than b: SymbolSource.Symbol, of sources: [SymbolSource]
  ) -> Bool {
    a.rank != b.rank
      ? a.rank < b.rank
      : leadingUnderscores(a.ordinal, of: sources) <= leadingUnderscores(b.ordinal, of: sources)
  }

  private static func leadingUnderscores(_ ordinal: UInt32, of sources: [SymbolSource]) -> Int {
    sources.first { $0.ordinals.contains(ordinal) }?.leadingUnderscores(ordinal) ?? 0
  }
}

/// Sorts integers in passes of 11 bits. A quarter of a million take a sixth of the time of a sort
/// that compares.
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
