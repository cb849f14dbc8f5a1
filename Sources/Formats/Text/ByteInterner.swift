// SPDX-License-Identifier: Apache-2.0

/// Numbers for pieces of text, each kept once: what a reader meets a million times it looks at once.
struct ByteInterner: Sendable {
  private struct Entry {
    var start: Int
    var count: Int
    var hash: UInt32
    var number: Int32
  }

  private var arena: [UInt8] = []
  private var entries: [Entry] = []
  /// Entry + 1; 0 is free. A power of two long, at most two thirds full.
  private var table = [Int32](repeating: 0, count: 1 << 10)

  /// - Parameter make: Makes the number of a text that is new.
  mutating func number(of bytes: [UInt8], _ range: Range<Int>, _ make: () -> Int32) -> Int32 {
    let hash = FastBytes.hash(bytes, range)
    let mask = table.count - 1
    var slot = Int(hash) & mask
    while table[slot] != 0 {
      let entry = entries[Int(table[slot]) - 1]
      if entry.hash == hash,
        FastBytes.areEqual(arena, entry.start..<entry.start + entry.count, bytes, range)
      {
        return entry.number
      }
      slot = (slot + 1) & mask
    }
    let number = make()
    entries.append(
      Entry(start: arena.count, count: range.count, hash: hash, number: number))
    arena.append(contentsOf: bytes[range])
    table[slot] = Int32(entries.count)
    if entries.count * 3 > table.count * 2 { grow() }
    return number
  }

  private mutating func grow() {
    table = [Int32](repeating: 0, count: 2 * table.count)
    let mask = table.count - 1
    for (index, entry) in entries.enumerated() {
      var slot = Int(entry.hash) & mask
      while table[slot] != 0 { slot = (slot + 1) & mask }
      table[slot] = Int32(index) + 1
    }
  }
}
