// SPDX-License-Identifier: Apache-2.0

/// Instructions that do nothing, which compilers, assemblers and linkers put between functions.
enum Padding {
  /// The size in bytes of the instruction at an index; nil if it is another one, or cut off.
  static func size(_ bytes: [UInt8], at index: Int) -> Int? {
    if bytes[index] == 0x90 || bytes[index] == 0xcc { return 1 }
    var next = index
    while next < bytes.count, bytes[next] == 0x66 || bytes[next] == 0x2e { next += 1 }
    if next < bytes.count, next > index, bytes[next] == 0x90 { return next + 1 - index }
    guard next + 2 < bytes.count, bytes[next] == 0x0f, bytes[next + 1] == 0x1f else { return nil }
    let operand: Int? =
      switch bytes[next + 2] {
      case 0x00: 0
      case 0x40: 1
      case 0x44: 2
      case 0x80: 4
      case 0x84: 5
      default: nil
      }
    return operand.map { next + 3 + $0 - index }
  }

  /// Whether a range of bytes has nothing but such instructions and zeros, as there are between
  /// sections.
  static func fills(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    var at = range.lowerBound
    while at < range.upperBound {
      guard let size = bytes[at] == 0 ? 1 : size(bytes, at: at) else { return false }
      at += size
    }
    return at == range.upperBound
  }
}
