// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// Programs that run, and whose sections, which only readers of symbols use, are wrong.
struct HostileObject {
  var name: String
  var bytes: [UInt8]
  /// The file's size; more than the number of `bytes` if its end is a hole.
  var size: Int64

  /// Variants of a program with debug information.
  static func variants(of program: [UInt8]) -> [HostileObject] {
    let table = Int(program.number(at: 40, bytes: 8))
    let count = Int(program.number(at: 60, bytes: 2))
    // `field` is an offset in Elf64_Shdr.
    func each(_ field: Int, _ bytes: Int, _ change: (Int, UInt64) -> UInt64) -> [UInt8] {
      var changed = program
      for section in 1..<count {
        let offset = table + section * 64 + field
        changed.set(change(section, changed.number(at: offset, bytes: bytes)), at: offset, bytes)
      }
      return changed
    }
    /// Changes bytes of sections that are not loaded.
    func contents(_ change: (Int, UInt8) -> UInt8) -> [UInt8] {
      var changed = program
      for section in 1..<count {
        let header = table + section * 64
        guard program.number(at: header + 8, bytes: 8) & 2 == 0 else { continue }
        let start = Int(program.number(at: header + 24, bytes: 8))
        let end = start + Int(program.number(at: header + 32, bytes: 8))
        guard end <= program.count, start < end else { continue }
        for offset in start..<end { changed[offset] = change(offset, program[offset]) }
      }
      return changed
    }
    var manySections = program
    manySections.set(0, at: 60, 2)
    manySections.set(.max, at: table + 32, 8)
    var noTable = program
    noTable.set(.max - 10, at: 40, 8)
    var generator = SeededGenerator(state: 1)
    func random() -> UInt64 { generator.next() >> 33 }
    let files: [(String, [UInt8])] = [
      ("sizes_of_2^63", each(32, 8) { _, _ in 1 << 63 }),
      ("sizes_up_to_the_end", each(32, 8) { _, _ in UInt64(program.count) }),
      ("offsets_near_2^64", each(24, 8) { _, _ in .max - 8 }),
      ("all_at_0", each(24, 8) { _, _ in 0 }),
      ("links_to_nowhere", each(40, 4) { _, _ in 0xffff_fffe }),
      ("names_out_of_range", each(0, 4) { _, _ in 0xffff_ff00 }),
      ("packed_to_2^40", each(8, 8) { _, flags in flags & 2 == 0 ? flags | 0x800 : flags }),
      ("all_symbol_tables", each(4, 4) { section, _ in section % 2 == 0 ? 2 : 11 }),
      ("zeros", contents { _, _ in 0 }),
      ("ones", contents { _, _ in 0xff }),
      ("continued_numbers", contents { _, _ in 0x80 }),
      ("noise", contents { _, _ in UInt8(truncatingIfNeeded: random()) }),
      ("some_noise", contents { _, byte in random() % 50 == 0 ? UInt8(random() & 255) : byte }),
      ("many_sections", manySections),
      ("no_section_table", noTable),
    ]
    var all = files.map { HostileObject(name: $0.0, bytes: $0.1, size: Int64($0.1.count)) }
    all.append(HostileObject(name: "a_terabyte", bytes: program, size: 1 << 40))
    all.append(
      HostileObject(name: "4_GB_of_debug", bytes: each(32, 8) { _, _ in 1 << 32 }, size: 1 << 33))
    return all
  }
}

extension [UInt8] {
  fileprivate func number(at offset: Int, bytes: Int) -> UInt64 {
    (0..<bytes).reversed().reduce(0) { $0 << 8 | UInt64(self[offset + $1]) }
  }

  fileprivate mutating func set(_ number: UInt64, at offset: Int, _ bytes: Int) {
    for index in 0..<bytes {
      self[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(index)))
    }
  }
}
