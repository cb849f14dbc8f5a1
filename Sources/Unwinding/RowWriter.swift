// SPDX-License-Identifier: Apache-2.0

import CShims

/// A writer of the rows of one table: addresses are strictly ascending, and a row that equals the
/// one before it is left out.
struct RowWriter {
  /// The length in bytes from which on a hole between two functions becomes a gap. In a smaller one
  /// the row before holds on if it is padding.
  static let smallestGap: UInt64 = 16

  /// The packed rows that were written so far.
  private(set) var rows: [UInt64] = []
  private var last: UnwindRow.Action?
  /// The end of the code that has its rows already: an address as linked.
  private(set) var covered: UInt64 = 0
  /// The first addresses, as linked, of the function that reaches up to `covered`, and of the one that
  /// was opened last.
  private var begin: (covering: UInt64, last: UInt64) = (0, 0)
  /// What small holes have; nil where that is not known, and all of them pass for padding.
  private var holes: SmallHoles?
  /// The system call in the hole before the function that was opened last: how far behind the beginning
  /// of its function it is, in bytes, and whether its code starts a thread behind the hole.
  private var systemCall: (distance: UInt32, startsThread: Bool)?

  /// Creates a writer with memory reserved for `count` rows.
  init(expecting count: Int, holes: SmallHoles? = nil) {
    rows.reserveCapacity(count)
    self.holes = holes
  }

  /// Begins a function. A hole between the end of the last function and `begin` becomes a gap, unless
  /// it is padding.
  ///
  /// - Throws: `tooLarge` at the limit of rows.
  @inline(__always)
  mutating func openFunction(at begin: UInt64) throws(UnwindTableError) {
    systemCall = nil
    if last != nil, begin > covered {
      if begin - covered >= Self.smallestGap {
        try append(.gap, at: covered)
      } else if holes != nil {
        try enterHole(to: begin)
      }
    }
    self.begin.last = begin
  }

  /// Writes the row of a small hole that is no padding.
  @inline(never)
  private mutating func enterHole(to end: UInt64) throws(UnwindTableError) {
    switch holes?.content(of: covered..<end) ?? .padding {
    case .padding: break
    case .code: try append(.gap, at: covered)
    case .systemCall(let startsThread):
      let distance = covered &- begin.covering
      guard distance < 1 << UInt64(FB_CALLED_DISTANCE_BITS) else {
        try append(.gap, at: covered)
        return
      }
      systemCall = (UInt32(distance), startsThread)
      try append(.cloning(UInt32(distance), startsThread: false), at: covered)
    }
  }

  /// Marks the byte before a function, if it belongs to no function, as where the return address of a
  /// hand-made stack leads. If a system call comes before it, a new thread begins there instead. To be
  /// called after `openFunction` and before the first row of the function.
  ///
  /// - Throws: `tooLarge` at the limit of rows.
  mutating func markStart(before begin: UInt64) throws(UnwindTableError) {
    guard last != nil, covered < begin else { return }
    guard let systemCall else {
      try append(.start, at: begin - 1)
      return
    }
    let action = UnwindRow.Action.cloning(
      systemCall.distance, startsThread: systemCall.startsThread)
    rows[rows.count - 1] =
      UnwindRow(pc: UInt32(truncatingIfNeeded: covered), action: action).rawValue
    last = action
  }

  /// Ends a function: code below `end` has its rows.
  mutating func closeFunction(at end: UInt64) {
    if end > covered { (covered, begin.covering) = (end, begin.last) }
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
