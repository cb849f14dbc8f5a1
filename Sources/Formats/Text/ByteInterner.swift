// SPDX-License-Identifier: Apache-2.0

/// Numbers for pieces of text, each kept once: what a reader meets a million times it looks at once.
struct ByteInterner: Sendable {
  private struct Entry {
    var start: Int
    var count: Int
    var number: Int32
  }

  private var arena: [UInt8] = []
  private var entries: [Entry] = []
  /// In the upper half a text's hash, which spares most looks at texts far away in memory; in the
  /// lower half its entry + 1; 0 is free. A power of two long, at most half full.
  private var table = [UInt64](repeating: 0, count: 1 << 10)

  /// - Parameter make: Makes the number of a text that is new.
  mutating func number(of bytes: [UInt8], _ range: Range<Int>, _ make: () -> Int32) -> Int32 {
    let hash = FastBytes.hash(bytes, range)
    let mask = table.count - 1
    var slot = Int(hash) & mask
    while table[slot] != 0 {
      if UInt32(truncatingIfNeeded: table[slot] >> 32) == hash {
        let entry = entries[Int(UInt32(truncatingIfNeeded: table[slot])) - 1]
        if FastBytes.areEqual(arena, entry.start..<entry.start + entry.count, bytes, range) {
          return entry.number
        }
      }
      slot = (slot + 1) & mask
    }
    let number = make()
    entries.append(Entry(start: arena.count, count: range.count, number: number))
    arena.append(contentsOf: bytes[range])
    table[slot] = UInt64(hash) << 32 | UInt64(entries.count)
    if entries.count * 2 > table.count { grow() }
    return number
  }

  private mutating func grow() {
    let old = table
    table = [UInt64](repeating: 0, count: 2 * old.count)
    let mask = table.count - 1
    for entry in old where entry != 0 {
      var slot = Int(entry >> 32) & mask
      while table[slot] != 0 { slot = (slot + 1) & mask }
      table[slot] = entry
    }
  }
}
