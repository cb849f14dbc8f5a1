// SPDX-License-Identifier: Apache-2.0

import Bytes
import CShims
import ObjectFiles

/// What is known of a file, other than by call frame information, of how stacks end in its code.
///
/// A thread's stack ends in a function whose return address is undefined. The stacks of coroutines
/// are made by hand, and what they end in seldom says so. Four kinds are known here:
///
/// - **The entry point**: a process begins there, so what it calls returns to the first frame. In
///   the dynamic loader nothing describes it.
/// - **Go**: code keeps frame pointers, and a goroutine's first function finds 0 in rbp. Goroutines
///   return to `goexit`, threads of the runtime to `mstart`, which stripped programs have in a table
///   of Go's own.
/// - **makecontext** of the C library returns to the first byte of a function that it does not
///   export. That function ends with a call and `hlt`: it does not return, so it is the first frame.
/// - **make_fcontext** (Boost.Context) returns into itself, to a piece of code that exits.
struct HandMadeStacks: Sendable {
  /// Whether the file has code of Go.
  private(set) var isGo = false
  /// The addresses, as linked, of functions without call frame information that stacks end in.
  private var roots: [Range<UInt64>] = []
  /// The entry point of the file, as linked; 0 if it has none.
  private var entryPoint: UInt64 = 0
  /// The addresses of the executable segments, as linked.
  private var code: [Range<UInt64>] = []
  /// The code of a library that has makecontext, and the address of its first byte; else empty.
  private var contextCode = ByteReader([])
  private var contextAddress: UInt64 = 0

  /// The size in bytes above which a symbol table is not searched, since it takes longer than the
  /// rows: the libraries that are meant have small ones. Go's are read whatever they have.
  private static let largestTable: UInt64 = 256 << 10
  /// The limit of the size of undescribed code from the entry point on, in bytes: what is larger has
  /// other functions.
  private static let longestEntry: UInt64 = 256
  /// The limit of the code in which the start of makecontext's stacks is searched, in bytes.
  private static let mostContextCode: UInt64 = 4 << 20
  /// The limit of the size of a function that begins the stacks of makecontext, in bytes.
  private static let longestStart: UInt64 = 256

  private static let contextMaker = "makecontext"
  private static let rootNames: Set = [
    "make_fcontext", "runtime.goexit.abi0", "runtime.goexit", "runtime.mstart.abi0",
    "runtime.mstart",
  ]

  /// Creates the knowledge of nothing.
  init() {}

  /// Reads what the symbols and sections of a file say.
  init(of image: ElfImage) {
    isGo =
      image.section(named: ".gopclntab") != nil
      || image.section(named: ".data.rel.ro.gopclntab") != nil
    entryPoint = image.entryPoint
    code = image.segments.filter(\.isExecutable).map {
      $0.address..<max($0.address, $0.address &+ $0.memorySize)
    }
    let found = image.functions(
      named: Self.rootNames.union([Self.contextMaker]),
      largestTable: isGo ? 256 << 20 : Self.largestTable)
    var roots = Set(
      found.filter { Self.rootNames.contains($0.key) && !$0.value.isEmpty }.values)
    if isGo { roots.formUnion(GoFunctions(of: image)?.ranges(named: Self.rootNames) ?? []) }
    self.roots = roots.sorted { $0.lowerBound < $1.lowerBound }
    guard let maker = found[Self.contextMaker],
      let segment = image.segments.first(where: {
        $0.isExecutable && $0.address <= maker.lowerBound
          && maker.lowerBound - $0.address < $0.fileSize
      }), segment.fileSize <= Self.mostContextCode,
      let bytes = image.source.bytes(at: segment.fileOffset, count: segment.fileSize)
    else { return }
    contextCode = ByteReader(bytes)
    contextAddress = segment.address
  }

  /// Whether the stacks of makecontext may begin with a function: one of a few instructions, the
  /// last two of which are a call and `hlt`.
  func begins(with function: FrameEntries.Function) -> Bool {
    guard contextCode.count > 0, function.begin >= contextAddress,
      6...Self.longestStart ~= function.end - function.begin,
      let end = Int(exactly: function.end - contextAddress)
    else { return false }
    return contextCode.load(UInt8.self, at: end - 1) == 0xf4
      && contextCode.load(UInt8.self, at: end - 6) == 0xe8
  }

  /// Returns rows in which gaps are what is known of them.
  ///
  /// - Parameter rows: The packed rows of call frame information, which end with a gap, or none.
  /// - Returns: Rows that end with a gap, or none. At the limit of rows, the same rows.
  func applied(to rows: [UInt64]) -> [UInt64] {
    let entry = undescribedEntry(rows)
    guard isGo || !roots.isEmpty || entry != nil,
      rows.count + 2 * roots.count + 4 <= UnwindTable.mostRows
    else { return rows }
    var rows = isGo ? chained(rows) : rows
    for root in roots + [entry].compactMap({ $0 }) { enter(root, in: &rows) }
    if let entry { endStack(at: entry.lowerBound, in: &rows) }
    return rows
  }

  /// Makes the first byte of a root a row of its own, by which a stack ends there even if the thread
  /// was interrupted at it: nothing has been called before a process executes its entry point. Code
  /// behind it may belong to functions that were called.
  private func endStack(at address: UInt64, in rows: inout [UInt64]) {
    let index = rows.partitioningIndex { UInt64(UnwindRow(rawValue: $0).pc) >= address }
    guard index < rows.count, case let row = UnwindRow(rawValue: rows[index]),
      row.pc == address, row.kind == FB_ROW_ROOT.rawValue
    else { return }
    let rest = UnwindRow(pc: row.pc + 1, action: .root).rawValue
    rows.replaceSubrange(
      index...index, with: [UnwindRow(pc: row.pc, action: .end).rawValue, rest])
  }

  /// The addresses from the entry point up to the next function that rows describe; nil if they
  /// describe the entry point, or if there is much code without rows.
  private func undescribedEntry(_ rows: [UInt64]) -> Range<UInt64>? {
    let next = rows.partitioningIndex { UInt64(UnwindRow(rawValue: $0).pc) > entryPoint }
    guard entryPoint != 0, next > 0, next < rows.count,
      UnwindRow(rawValue: rows[next - 1]).kind == FB_ROW_GAP.rawValue
    else { return nil }
    let end = UInt64(UnwindRow(rawValue: rows[next]).pc)
    return end - entryPoint <= Self.longestEntry ? entryPoint..<end : nil
  }

  /// Returns rows with chains of frame pointers in place of gaps, for all of the code.
  private func chained(_ rows: [UInt64]) -> [UInt64] {
    guard let begin = code.map(\.lowerBound).min(), let end = code.map(\.upperBound).max(),
      begin < end, end <= UInt64(UInt32.max)
    else { return rows }
    let chain = UnwindRow.Action.chain
    var chained: [UInt64] = []
    chained.reserveCapacity(rows.count + 2)
    let first = rows.first.map { UInt64(UnwindRow(rawValue: $0).pc) } ?? end
    if begin < first { chained.append(UnwindRow(pc: UInt32(begin), action: chain).rawValue) }
    chained += rows.map { packed in
      let row = UnwindRow(rawValue: packed)
      return row.kind == FB_ROW_GAP.rawValue
        ? UnwindRow(pc: row.pc, action: chain).rawValue : packed
    }
    guard let last = chained.last, UnwindRow(rawValue: last).pc < end else { return rows }
    chained.append(UnwindRow(pc: UInt32(end), action: .gap).rawValue)
    return chained
  }

  /// Makes the addresses of a root rows of their own, if nothing describes them.
  private func enter(_ root: Range<UInt64>, in rows: inout [UInt64]) {
    guard root.upperBound <= UInt64(UInt32.max) else { return }
    let next = rows.partitioningIndex { UInt64(UnwindRow(rawValue: $0).pc) > root.lowerBound }
    let before = next > 0 ? UnwindRow(rawValue: rows[next - 1]) : nil
    let limit = next < rows.count ? UInt64(UnwindRow(rawValue: rows[next]).pc) : .max
    let isChain = before?.kind == FB_ROW_CHAIN.rawValue
    guard isChain || before.map({ $0.kind == FB_ROW_GAP.rawValue }) ?? true,
      root.upperBound <= limit
    else { return }
    var entered = [UnwindRow(pc: UInt32(root.lowerBound), action: .root).rawValue]
    if root.upperBound < limit {
      let rest: UnwindRow.Action = isChain ? .chain : .gap
      entered.append(UnwindRow(pc: UInt32(root.upperBound), action: rest).rawValue)
    }
    let first = before.map { UInt64($0.pc) } == root.lowerBound ? next - 1 : next
    rows.replaceSubrange(first..<next, with: entered)
  }
}
