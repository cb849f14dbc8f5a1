// SPDX-License-Identifier: Apache-2.0

/// A writer of the rows of one table: addresses are strictly ascending, and a row that equals the
/// one before it is left out.
struct RowWriter {
  /// The length in bytes from which on a hole between two functions becomes a gap. A smaller one is
  /// padding, and the row before it holds on.
  static let smallestGap: UInt64 = 16

  /// The packed rows that were written so far.
  private(set) var rows: [UInt64] = []
  private var last: UnwindRow.Action?
  /// The end of the code that has its rows already: an address as linked.
  private(set) var covered: UInt64 = 0

  /// Creates a writer with memory reserved for `count` rows.
  init(expecting count: Int) {
    rows.reserveCapacity(count)
  }

  /// Begins a function. A hole between the end of the last function and `begin` becomes a gap.
  ///
  /// - Throws: `tooLarge` at the limit of rows.
  @inline(__always)
  mutating func openFunction(at begin: UInt64) throws(UnwindTableError) {
    if last != nil, begin > covered, begin - covered >= Self.smallestGap {
      try append(.gap, at: covered)
    }
  }

  /// Marks the byte before a function, if it belongs to no function, as where the return address of a
  /// hand-made stack leads. To be called after `openFunction` and before the first
  /// row of the function.
  ///
  /// - Throws: `tooLarge` at the limit of rows.
  mutating func markStart(before begin: UInt64) throws(UnwindTableError) {
    if last != nil, covered < begin { try append(.start, at: begin - 1) }
  }

  /// Ends a function: code below `end` has its rows.
  mutating func closeFunction(at end: UInt64) {
    covered = max(covered, end)
  }

  /// Ends the table with a gap behind the last function.
  mutating func close() throws(UnwindTableError) {
    if last != nil { try append(.gap, at: covered) }
  }

  /// Writes a row for the addresses from `begin` up to `end`, without those that a function before
  /// has covered.
  ///
  /// - Throws: `tooLarge` at the limit of rows.
  @inline(__always)
  mutating func append(
    _ action: UnwindRow.Action, from begin: UInt64, to end: UInt64
  ) throws(UnwindTableError) {
    if end > covered, end > begin { try append(action, at: max(begin, covered)) }
  }

  @inline(__always)
  private mutating func append(
    _ action: UnwindRow.Action, at pc: UInt64
  ) throws(UnwindTableError) {
    guard action != last else { return }
    guard rows.count < UnwindTable.mostRows else { throw .tooLarge }
    rows.append(UnwindRow(pc: UInt32(truncatingIfNeeded: pc), action: action).rawValue)
    last = action
  }
}
