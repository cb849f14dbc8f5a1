// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Unwinding

struct RowIndexTests {
  /// What the program does with it: from the word of `pc` to the row.
  private func find(_ pc: UInt64, _ rows: [UInt64], _ index: RowIndex) -> Int? {
    guard pc >= UInt64(index.base) else { return nil }
    let word = Int((pc - UInt64(index.base)) >> UInt64(index.shift))
    guard word < index.words.count else { return rows.count - 1 }
    let (first, last) = (Int(index.words[word] & 0xffff_ffff), Int(index.words[word] >> 32))
    return (first...last).last { UInt64(UnwindRow(rawValue: rows[$0]).pc) <= pc }
  }

  private func check(_ addresses: [UInt32], sourceLocation: SourceLocation = #_sourceLocation) {
    let rows = addresses.enumerated().map { UInt64($1) | UInt64($0 + 1) << 32 }
    let index = RowIndex(of: rows)
    #expect(index.words.count <= max(1, rows.count / 8), sourceLocation: sourceLocation)
    for (number, address) in addresses.enumerated() {
      #expect(find(UInt64(address), rows, index) == number, sourceLocation: sourceLocation)
      if number > 0 {
        #expect(
          find(UInt64(address) - 1, rows, index) == number - 1, sourceLocation: sourceLocation)
      }
    }
    #expect(find(UInt64(addresses[0]) &- 1, rows, index) != 0, sourceLocation: sourceLocation)
    #expect(find(1 << 33, rows, index) == addresses.count - 1, sourceLocation: sourceLocation)
  }

  @Test func everyAddressFindsItsRow() {
    check([0x1000])
    check([0x1000, 0x1001])
    check([0, UInt32.max])
    check((0..<1000).map { 0x40_0000 + $0 * 3 })
    // Dense here, sparse there.
    check((0..<500).map { $0 + 1 } + (1..<500).map { 0x10_0000 * $0 })
    var generator = SystemRandomNumberGenerator()
    let random = Set((0..<5000).map { _ in UInt32.random(in: 1...0x20_0000, using: &generator) })
    check(random.sorted())
  }
}
