// SPDX-License-Identifier: Apache-2.0

/// Ids of pieces of text, each held once: a name that occurs a million times is parsed once.
struct ByteInterner: Sendable {
  /// All that is known of a text, side by side, since each access to memory elsewhere is a wait.
  private struct Slot {
    /// Spares most comparisons with texts that lie elsewhere in memory.
    var hash: UInt32 = 0
    var number: Int32 = 0
    /// In the arena. An end of 0 is a free slot; the arena begins with a byte of nothing.
    var start: UInt32 = 0
    var end: UInt32 = 0
  }

  private var arena: [UInt8] = [0]
  /// A power of two long, at most half full.
  private var table = [Slot](repeating: Slot(), count: 1 << 10)
  private var count = 0

  /// - Parameter make: Makes the number of a text that is new.
  mutating func number(of bytes: [UInt8], _ range: Range<Int>, _ make: () -> Int32) -> Int32 {
    let hash = FastBytes.hash(bytes, range)
    let mask = table.count - 1
    var slot = Int(hash) & mask
    while table[slot].end != 0 {
      let known = table[slot]
      if known.hash == hash,
        FastBytes.areEqual(arena, Int(known.start)..<Int(known.end), bytes, range)
      {
        return known.number
      }
      slot = (slot + 1) & mask
    }
    let number = make()
    // Four gigabytes of names are no profile: what comes then gets a number each time.
    guard let end = UInt32(exactly: arena.count + range.count) else { return number }
    table[slot] = Slot(hash: hash, number: number, start: UInt32(arena.count), end: end)
    arena.append(contentsOf: bytes[range])
    count += 1
    if count * 2 > table.count { grow() }
    return number
  }

  private mutating func grow() {
    let old = table
    table = [Slot](repeating: Slot(), count: 2 * old.count)
    let mask = table.count - 1
    for entry in old where entry.end != 0 {
      var slot = Int(entry.hash) & mask
      while table[slot].end != 0 { slot = (slot + 1) & mask }
      table[slot] = entry
    }
  }
}
