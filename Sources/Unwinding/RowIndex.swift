// SPDX-License-Identifier: Apache-2.0

/// An index of an unwind table, for a faster search of the row for an address. The code that the
/// table covers is divided into stretches of `1 << shift` bytes. For each stretch the index has the
/// first and the last row that can hold for an address in it, and only between these two a binary
/// search is needed.
///
/// So a search touches two or three cache lines, instead of one for each halving of the table.
package struct RowIndex: Sendable {
  /// The address at which the first stretch begins, as linked: the address of the table's first
  /// row.
  package let base: UInt32
  /// The binary logarithm of the length of a stretch of code, in bytes: 0 to 32.
  package let shift: UInt32
  /// One word for each stretch of code, with two indices of rows in the table. The low 32 bits have
  /// the index of the row that holds at the first byte of the stretch, or of the row before it. The
  /// high 32 bits have the index of the row that holds at the last byte.
  package let words: [UInt64]

  /// The least ratio of the number of rows of a table to the number of words of its index. A row
  /// and a word have 8 bytes each, so the index of a table of eight rows or more takes at most an
  /// eighth of the table's memory.
  package static let rowsPerWord = 8

  /// Computes the index of a table's rows.
  ///
  /// - Parameter rows: The rows in packed form (`UnwindRow.rawValue`), with strictly ascending
  ///   addresses. There must be at least one, and the last one must be a gap: a row that no frame
  ///   can be found by.
  package init(of rows: [UInt64]) {
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
