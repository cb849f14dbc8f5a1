// SPDX-License-Identifier: Apache-2.0

/// The code of a gap, and what its bytes show of functions. Instructions are not decoded but for a few.
struct UndescribedCode {
  let bytes: [UInt8]
  /// The address of the first byte, as linked.
  let begin: UInt64

  /// The limit of padding in front of a function, in bytes.
  private static let mostPadding = 256

  /// - Parameter begin: The address of the first byte, as linked.
  init(_ bytes: [UInt8], at begin: UInt64) {
    (self.bytes, self.begin) = (bytes, begin)
  }

  /// Whether there is anything but padding.
  var hasInstructions: Bool { endOfPadding(from: 0) < bytes.count }

  /// The addresses of the first bytes of functions in a hole of a few bytes, ascending: those that are
  /// known otherwise, or where padding ends.
  func startsInHole(beside named: ArraySlice<UInt64>) -> [UInt64] {
    let first = endOfPadding(from: 0)
    if !named.isEmpty || first >= bytes.count { return Array(named) }
    return [begin + UInt64(first)]
  }

  /// The addresses of the first bytes of functions, ascending.
  ///
  /// - Parameters:
  ///   - alignment: That of functions, in bytes, which begin behind the end of another one and
  ///     padding. Only `ret` may be followed by none: a jump is likely to be within a function then, or
  ///     no instruction at all.
  ///   - named: Other addresses of functions, ascending.
  func starts(aligned alignment: UInt64, beside named: ArraySlice<UInt64>) -> [UInt64] {
    var starts = Set(named)
    let labels = labels(aligned: alignment)
    func add(behind end: Int, needsPadding: Bool = true) {
      let next = endOfPadding(from: end)
      let address = begin + UInt64(next)
      if next < bytes.count, address % alignment == 0, !labels.contains(next),
        next > end || !needsPadding
      {
        starts.insert(address)
      }
    }
    add(behind: 0, needsPadding: false)
    for index in bytes.indices {
      switch bytes[index] {
      case 0xc3: add(behind: index + 1, needsPadding: isOperand(at: index))  // ret
      case 0xe9: add(behind: index + 5)  // jmp, by 32 bits
      case 0xeb: add(behind: index + 2)  // jmp, by 8 bits
      case 0xe0...0xe7 where index > 0 && bytes[index - 1] == 0xff:  // jmp *register
        add(behind: index + 1)
      default: break
      }
    }
    return starts.sorted()
  }

  /// Whether a byte may be the operands of an instruction with a REX prefix (C3: of rbx or r11), so that
  /// it is none itself.
  private func isOperand(at index: Int) -> Bool {
    guard index >= 2, bytes[index - 2] & 0xf0 == 0x40 else { return false }
    return switch bytes[index - 1] {
    case 0x00...0x3f: bytes[index - 1] & 7 < 4  // add, or, adc, sbb, and, sub, xor, cmp
    case 0x63, 0x69, 0x6b, 0x80...0x8f, 0xc0, 0xc1, 0xd0...0xd3, 0xf6, 0xf7, 0xff: true
    default: false
    }
  }

  /// The offsets of code within functions, such as aligned loops: what conditional and short jumps lead
  /// to, and whose address code nearby takes. By chance some are found that are none.
  private func labels(aligned alignment: UInt64) -> Set<Int> {
    var labels: Set<Int> = []
    func add(_ distance: Int?, from end: Int) {
      guard let distance, case let target = end + distance, bytes.indices.contains(target) else {
        return
      }
      if (begin + UInt64(target)) % alignment == 0 { labels.insert(target) }
    }
    for index in bytes.indices.dropLast() {
      let next = bytes[index + 1]
      switch bytes[index] {
      case 0x70...0x7f, 0xeb:  // jCC, jmp, by 8 bits
        add(Int(Int8(bitPattern: next)), from: index + 2)
      case 0x0f where next & 0xf0 == 0x80:  // jCC, by 32 bits
        add(distance(at: index + 2), from: index + 6)
      case 0x8d where next & 0xc7 == 0x05:  // lea DISPLACEMENT(%rip), register
        add(distance(at: index + 2), from: index + 6)
      default: break
      }
    }
    return labels
  }

  /// The signed number of 32 bits at an offset; nil if it is not there.
  private func distance(at offset: Int) -> Int? {
    guard offset + 4 <= bytes.count else { return nil }
    let number = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    return Int(Int32(bitPattern: number))
  }

  /// The offset behind padding from an offset on.
  private func endOfPadding(from start: Int) -> Int {
    var at = start
    while at < bytes.count, at - start < Self.mostPadding, let size = Padding.size(bytes, at: at) {
      at += size
    }
    return at
  }
}
