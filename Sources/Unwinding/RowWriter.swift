// SPDX-License-Identifier: Apache-2.0

/// Puts rows one behind the other, strictly ascending, each different from the one before.
struct RowWriter {
  /// Smaller holes between functions are padding, and the row before holds on.
  static let smallestGap: UInt64 = 16

  private(set) var rows: [UInt64] = []
  private var last: UnwindRow.Action?
  /// Everything below has its rows.
  private(set) var covered: UInt64 = 0

  init(expecting count: Int) {
    rows.reserveCapacity(count)
  }

  /// Says that nothing is known from where the last function ended to where the next one begins.
  @inline(__always)
  mutating func openFunction(at begin: UInt64) throws(UnwindTableError) {
    if last != nil, begin > covered, begin - covered >= Self.smallestGap {
      try append(.gap, at: covered)
    }
  }

  mutating func closeFunction(at end: UInt64) {
    covered = max(covered, end)
  }

  /// Everything behind the last function is a hole.
  mutating func close() throws(UnwindTableError) {
    if last != nil { try append(.gap, at: covered) }
  }

  /// The row from `begin` up to `end`, as far as no function before has covered it.
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
