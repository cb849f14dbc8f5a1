// SPDX-License-Identifier: Apache-2.0

import CShims

/// Rows of two descriptions of the same code. The first counts where it describes an address; the
/// second fills its gaps.
enum JoinedRows {
  /// Joins rows. Both arguments are packed rows, ascending, that end with a gap, or are empty; the
  /// result, too.
  ///
  /// - Throws: `tooLarge` at the limit of rows.
  static func of(_ first: [UInt64], _ second: [UInt64]) throws(UnwindTableError) -> [UInt64] {
    // Nearly always. A sum of both would be a copy, of 18 MB for the largest programs.
    if first.isEmpty { return second }
    if second.isEmpty { return first }
    guard first.count + second.count <= UnwindTable.mostRows / 2 else { throw .tooLarge }
    var joined: [UInt64] = []
    var next = (first: 0, second: 0)
    var current = (first: UnwindRow.gapAtZero, second: UnwindRow.gapAtZero)
    while next.first < first.count || next.second < second.count {
      let pc = min(
        next.first < first.count ? UnwindRow(rawValue: first[next.first]).pc : .max,
        next.second < second.count ? UnwindRow(rawValue: second[next.second]).pc : .max)
      if next.first < first.count, UnwindRow(rawValue: first[next.first]).pc == pc {
        current.first = UnwindRow(rawValue: first[next.first])
        next.first += 1
      }
      if next.second < second.count, UnwindRow(rawValue: second[next.second]).pc == pc {
        current.second = UnwindRow(rawValue: second[next.second])
        next.second += 1
      }
      let row = current.first.kind == FB_ROW_GAP.rawValue ? current.second : current.first
      let isSame = joined.last.map { $0 >> 32 == row.rawValue >> 32 } ?? false
      if !isSame { joined.append((row.rawValue & ~UInt64(UInt32.max)) | UInt64(pc)) }
    }
    return joined
  }
}

extension UnwindRow {
  /// A gap that begins at address 0.
  fileprivate static let gapAtZero = UnwindRow(pc: 0, action: .gap)
}
