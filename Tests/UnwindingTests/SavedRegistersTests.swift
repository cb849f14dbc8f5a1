// SPDX-License-Identifier: Apache-2.0

import CShims
import LibdwOracle
import Testing

@testable import Unwinding

/// Where functions have saved the registers that rows of the same file name.
@Suite struct SavedRegistersTests {
  /// The dynamic loader names rbx, libcrypto r15.
  @Test(arguments: LibdwTests.files)
  func areWhereLibdwFindsThem(_ path: String) throws {
    let image = try elfImage(path)
    let table = try UnwindTable(of: image)
    // Of the registers that functions restore.
    let kinds = Set(table.unpacked.map(\.kind))
    let named = [UInt32(3), 12, 13, 14, 15].filter { kinds.contains(RowKind.register($0)) }
    let words = table.savedRegisters
    #expect(Set(words.map(fb_saved_register_number)) == Set(named))
    guard !words.isEmpty else { return }
    #expect(zip(words, words.dropFirst()).allSatisfy { $0 >> 16 < $1 >> 16 })

    let oracle = try #require(LibdwOracle(path: path))
    var generator = SeededGenerator(seed: 7)
    var equal = 0
    for _ in 0..<5000 {
      let row = try #require(table.rows.randomElement(using: &generator))
      let pc = UInt64(UnwindRow(rawValue: row).pc)
      let machine = Machine(at: pc, using: &generator)
      guard case .frame(let cfa, _, _) = oracle.caller(at: pc, of: machine) else { continue }
      let segment = try #require(image.executableSegment(holding: pc))
      let offset = pc - segment.address + segment.fileOffset
      for number in named {
        let key = fb_saved_register_key(number, offset)
        let next = words.partitioningIndex { $0 >> 16 > key }
        let slot = fb_saved_register_slot(words[next - 1])
        guard let ours = machine.callersRegister(Int(number), slot: slot, cfa: cfa) else {
          continue
        }
        // Without a rule, libdw by itself does not know that functions restore it.
        let unchanged = machine.callersRegister(
          Int(number), slot: Int16(FB_SLOT_UNCHANGED), cfa: cfa)
        let libdws = oracle.callersRegister(Int(number), at: pc, of: machine) ?? unchanged
        #expect(ours == libdws, "\(pc), \(number)")
        equal += 1
      }
    }
    #expect(equal > 2000)
  }

  @Test func slotsOfOneFunction() throws {
    var frame = FrameBytes()
    frame.common()
    // The CFA is in rbx; then a function that saves rbx at CFA - 16, and one that overwrites it.
    frame.function(0x1000, size: 16, instructions: [0x0d, 3])
    frame.function(0x1010, size: 16, instructions: [0x42, 0x0e, 16, 0x83, 2, 0x48, 0xc3])
    frame.function(0x1020, size: 16, instructions: [0x07, 3])
    let table = try UnwindTable(frame)
    let slots = table.savedRegisters.map {
      [
        Int(fb_saved_register_number($0)), Int(fb_saved_register_offset($0)),
        Int(fb_saved_register_slot($0)),
      ]
    }
    let lost = Int(FB_SLOT_LOST)
    #expect(
      slots == [
        [3, 0, lost], [3, 0x1000, 0], [3, 0x1012, -2], [3, 0x101a, 0], [3, 0x1020, lost],
      ])
  }

  @Test func filesThatNameNoneHaveNone() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x1000, size: 16, instructions: [0x42, 0x0e, 16, 0x83, 2])
    // The CFA is in r10, which no function saves.
    frame.function(0x1010, size: 16, instructions: [0x0d, 10])
    #expect(try UnwindTable(frame).savedRegisters.isEmpty)
  }
}
