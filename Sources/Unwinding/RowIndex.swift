// SPDX-License-Identifier: Apache-2.0

/// Where in a table the search for an address begins and ends: a word for every `1 << shift` bytes
/// of code from the first row on. Its lower half is a row that holds at the first of these bytes, or
/// the one before; its upper half the row that holds at the last of them.
///
/// With it a search touches two or three cache lines instead of one a halving.
public struct RowIndex: Sendable {
  /// Address of the first row, as linked.
  public let base: UInt32
  /// A word covers 2^`shift` bytes of code.
  public let shift: UInt32
  /// For each stretch of code the indices of its first and its last row, in the low and the high 32 bits.
  public let words: [UInt64]

  /// The least number of rows for each word of an index, on average. A row and a word have 8 bytes
  /// each, so the index of a table of eight rows or more takes at most an eighth of its memory.
  public static let rowsPerWord = 8

  /// An index of a table's rows.
  ///
  /// - Parameter rows: strictly ascending, at least one, the last one a gap: what lies behind it is
  ///   one, too.
  public init(of rows: [UInt64]) {
    base = UnwindRow(rawValue: rows[0]).pc
    let span = UnwindRow(rawValue: rows[rows.count - 1]).pc - base
    let mostWords = max(1, rows.count / Self.rowsPerWord)
    var shift: UInt32 = 0
    while Int(span >> shift) >= mostWords { shift += 1 }
    self.shift = shift

    var words: [UInt64] = []
    words.reserveCapacity(Int(span >> shift) + 1)
    var end = UInt64(base)
    var row = 0
    for _ in 0...(span >> shift) {
      let first = row
      end += 1 << UInt64(shift)
      while row + 1 < rows.count, UInt64(UnwindRow(rawValue: rows[row + 1]).pc) < end { row += 1 }
      words.append(UInt64(first) | UInt64(row) << 32)
    }
    self.words = words
  }
}
