// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles

@testable import Unwinding

/// Makes a table of any bytes, as an ELF file if they begin like one, else as `.eh_frame`, and says
/// whether it breaks a promise. The fuzzer calls this, and the test that replays its corpus.
func unwindTableIsWrong(_ bytes: [UInt8]) -> Bool {
  let table: UnwindTable?
  if bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) {
    guard let image = ElfImage(BytesInMemory(bytes)) else { return false }
    if !(0...UnwindTable.mostRows ~= UnwindTable.estimatedRows(of: image)) { return true }
    table = try? UnwindTable(of: image)
  } else {
    let section = EhFrame(bytes: bytes, address: 0x10_0000, functionCount: 3)
    var debugging = section
    debugging.form = .debugging
    // Either may fail: then the other is made alone.
    table =
      (try? UnwindTable([section, debugging])) ?? (try? UnwindTable([section]))
      ?? (try? UnwindTable([debugging]))
  }
  guard let rows = table?.rows.map(UnwindRow.init(rawValue:)), let last = rows.last else {
    return false
  }
  let isAscending = zip(rows, rows.dropFirst()).allSatisfy { $0.pc < $1.pc }
  let simple = FB_ROW_END.rawValue...FB_ROW_ODD_RBP.rawValue
  // With the number of a register.
  let numbered = FB_ROW_REGISTER.rawValue..<FB_ROW_ANONYMOUS.rawValue
  let ends = FB_ROW_CHAIN.rawValue...FB_ROW_CLONING.rawValue
  let areKinds = rows.allSatisfy {
    simple.contains($0.kind) || numbered.contains($0.kind) || ends.contains($0.kind)
  }
  let saved = table?.savedRegisters ?? []
  if zip(saved, saved.dropFirst()).contains(where: { $0 > $1 }) { return true }
  return !isAscending || !areKinds || last.kind != FB_ROW_GAP.rawValue
    || rows.count > 32 * bytes.count
}
