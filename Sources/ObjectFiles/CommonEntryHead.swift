// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The head of a common information entry (CIE) of `.eh_frame` or `.debug_frame`: the fields in front of its initial
/// instructions, which hold for all functions that refer to the entry.
///
/// Format: Linux Standard Base Core, "Exception Frames"; DWARF 5, section 6.4.1.
package struct CommonEntryHead: Hashable, Sendable {
  /// The unit of advances, in bytes (code alignment factor).
  package var code: UInt64
  /// The unit of most offsets, in bytes (data alignment factor); -8 in practice.
  package var data: Int64
  /// The DWARF number of the column with the return address.
  package var returnAddress: UInt64
  /// Whether the entries of its functions hold augmentation data, which must be skipped.
  package var isAugmented: Bool
  /// The encoding of the addresses of its functions (`R` of the augmentation).
  package var pointers = PointerEncoding.absolute
  /// Whether its functions return from signal handlers (`S`): the kernel has made their frame.
  package var isSignalFrame = false

  /// Reads the head of an entry.
  ///
  /// - Parameters:
  ///   - cursor: The entry from behind its id on; it moves to the initial instructions.
  ///   - isDebugging: Whether it is one of `.debug_frame`, which may be of version 4.
  /// - Returns: Nil if the head is cut, of another version than 1 or 3, or if the length of its
  ///   augmentation data is not known.
  package init?(_ cursor: inout ByteCursor, isDebugging: Bool = false) {
    guard let version = cursor.byte(),
      version == 1 || version == 3 || (version == 4 && isDebugging)
    else { return nil }
    // The letters z R L P S B are known. Only z gives the length of the data, to skip it.
    var letters = cursor
    repeat {
      guard let letter = cursor.byte() else { return nil }
      if letter == 0 { break }
    } while true
    // The sizes of addresses and of segment selectors.
    if version == 4 { guard cursor.byte() == 8, cursor.byte() == 0 else { return nil } }
    guard let code = cursor.uleb(), let data = cursor.sleb(),
      let returnAddress = version == 1 ? cursor.byte().map(UInt64.init) : cursor.uleb(),
      var letter = letters.byte()
    else { return nil }
    (self.code, self.data, self.returnAddress) = (code, data, returnAddress)
    isAugmented = letter == UInt8(ascii: "z")
    guard isAugmented else {
      guard letter == 0 else { return nil }
      return
    }
    guard let size = cursor.uleb(), var content = cursor.slice(size) else { return nil }
    repeat {
      guard let next = letters.byte() else { return nil }
      letter = next
      switch readContent(of: letter, &content) {
      case nil: return nil
      case false?: return
      case true?: break
      }
    } while true
  }

  /// Reads the data of one letter of the augmentation string.
  ///
  /// - Returns: False at the end of the letters, or if the letter is unknown, so that the rest of
  ///   the data cannot be understood; nil if the data is cut.
  private mutating func readContent(of letter: UInt8, _ content: inout ByteCursor) -> Bool? {
    switch letter {
    case UInt8(ascii: "R"):
      guard let byte = content.byte() else { return nil }
      pointers = PointerEncoding(rawValue: byte)
    case UInt8(ascii: "L"):
      guard content.byte() != nil else { return nil }
    case UInt8(ascii: "P"):
      guard let personality = content.byte().map(PointerEncoding.init) else { return nil }
      guard personality.isOmitted || personality.number(from: &content) != nil else { return nil }
    case UInt8(ascii: "S"): isSignalFrame = true
    case UInt8(ascii: "B"): break
    default: return false
    }
    return true
  }
}
