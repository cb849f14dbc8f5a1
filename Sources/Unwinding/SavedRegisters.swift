// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles

/// The stack slots in which the functions of a file save registers, for files in which frames are
/// found by another register than rsp and rbp.
///
/// Such a register's value in a caller's frame is where a callee has saved it, else still in the
/// register. Hand-written assembly has such frames, and the dynamic loader where it calls a
/// function for the first time. The registers are those that the file's own rows name, since the callees
/// of such a frame are nearly always in the same file.
struct SavedRegisters {
  /// The packed words of `bpf/layout/registers.h`, ascending; empty if no row of the file names a
  /// register.
  let words: [UInt64]

  /// The greatest number of words of a file: one that would have more has none.
  static let most = 1 << Int(FB_SAVED_REGISTERS_BITS)

  /// Reads, once for each register that rows name, where functions save it.
  ///
  /// - Parameters:
  ///   - rows: The packed rows of the same section.
  ///   - bytes: The bytes of the section.
  ///   - segments: Those of the file; without any, offsets in the file are addresses as linked.
  init(
    neededBy rows: [UInt64], in section: EhFrame, _ bytes: UnsafeRawBufferPointer,
    _ segments: [ElfImage.Segment]
  ) throws(UnwindTableError) {
    var named: UInt32 = 0
    for row in rows {
      let kind = UnwindRow(rawValue: row).kind
      let numbers = FB_ROW_REGISTER.rawValue..<FB_ROW_REGISTER.rawValue + 16
      if numbers.contains(kind) { named |= 1 << (kind - FB_ROW_REGISTER.rawValue) }
    }
    var words: [UInt64] = []
    // What functions may overwrite, they do not save.
    named &= ~UInt32(FB_SCRATCH_REGISTERS)
    for register in 0..<UInt8(16) where named >> UInt32(register) & 1 != 0 {
      let entries = try FrameEntries(section, bytes, following: register)
      let places = try entries.rows {
        Self.action($0, inSignalFrame: $1)
      } beginsStacks: { _ in
        false
      }.rows
      words += Self.words(register, places.map(UnwindRow.init(rawValue:)), segments)
    }
    words.sort()
    self.words = words.count <= Self.most ? words : []
  }

  /// Packs a slot as an action: that of a row by rsp, whose offset is the slot.
  private static func action(_ rules: FrameRules, inSignalFrame: Bool) -> UnwindRow.Action {
    let slot: Int16
    switch rules.followed {
    case .unsaid, .sameValue: slot = Int16(FB_SLOT_UNCHANGED)
    case .atOffset(let offset) where offset & 7 == 0 && offset != 0:
      guard let words = Int16(exactly: offset >> 3) else { return .gap }
      slot = words
    default: return .gap
    }
    return inSignalFrame ? .gap : .init(FB_ROW_SP.rawValue, offset: UInt16(bitPattern: slot))
  }

  /// The words of one register.
  private static func words(
    _ register: UInt8, _ places: [UnwindRow], _ segments: [ElfImage.Segment]
  ) -> [UInt64] {
    let number = UInt32(register)
    let lost = Int16(FB_SLOT_LOST)
    var words = [fb_saved_register(number, 0, lost)]
    for place in places {
      guard let offset = fileOffset(of: UInt64(place.pc), in: segments), offset > 0,
        offset < 1 << UInt64(FB_FRAME_OFFSET_BITS)
      else { continue }
      let isKnown = place.kind == FB_ROW_SP.rawValue
      let slot = isKnown ? Int16(bitPattern: place.offset) : lost
      words.append(fb_saved_register(number, offset, slot))
    }
    return words
  }

  /// The offset in the file of an address, or of the end of a segment.
  private static func fileOffset(of address: UInt64, in segments: [ElfImage.Segment]) -> UInt64? {
    if segments.isEmpty { return address }
    let segment = segments.first {
      $0.isExecutable && $0.address <= address && address - $0.address <= $0.fileSize
    }
    return segment.map { address - $0.address &+ $0.fileOffset }
  }
}
