// SPDX-License-Identifier: Apache-2.0

/// Instructions that leave rsp alone, and go on behind themselves: those that assembly begins with,
/// before it has saved all registers. Nothing else is decoded.
enum HarmlessInstruction {
  /// What an instruction with a ModRM byte writes.
  private enum Written { case nothing, register, operand }

  /// The size in bytes of the instruction that code begins with; nil if it is another one, or cut off.
  static func size(_ code: ArraySlice<UInt8>) -> Int? {
    if code.starts(with: [0xf3, 0x0f, 0x1e, 0xfa]) { return 4 }  // endbr64
    var rest = code
    var prefix: UInt8 = 0
    if let first = rest.first, first & 0xf0 == 0x40 {
      prefix = first
      rest.removeFirst()
    }
    guard let opcode = rest.popFirst() else { return nil }
    if 0xb8...0xbf ~= opcode {  // mov $, register
      let isRSP = opcode == 0xbc && prefix & 1 == 0
      let size = code.count - rest.count + (prefix & 8 == 0 ? 4 : 8)
      return isRSP || size > code.count ? nil : size
    }
    guard let (written, immediate) = form(opcode, &rest), let operands = rest.first,
      let length = operandLength(rest)
    else { return nil }
    let isRegister = operands >= 0xc0
    let writesRSP =
      switch written {
      case .nothing: false
      case .register: operands >> 3 & 7 == 4 && prefix & 4 == 0
      case .operand: isRegister && operands & 7 == 4 && prefix & 1 == 0
      }
    let size = code.count - rest.count + length + immediate
    return writesRSP || size > code.count ? nil : size
  }

  /// What an instruction writes, and the size of its immediate operand in bytes; nil where the opcode is
  /// not known. Removes the second byte of an opcode.
  private static func form(
    _ opcode: UInt8, _ rest: inout ArraySlice<UInt8>
  ) -> (Written, immediate: Int)? {
    switch opcode {
    case 0x01, 0x09, 0x11, 0x19, 0x21, 0x29, 0x31, 0x89: return (.operand, 0)
    case 0x03, 0x0b, 0x13, 0x1b, 0x23, 0x2b, 0x33, 0x8b, 0x63, 0x8d: return (.register, 0)
    case 0x39, 0x3b, 0x85: return (.nothing, 0)  // cmp, test
    case 0x83, 0xc1: return (.operand, 1)
    case 0x81: return (.operand, 4)
    case 0xd1, 0xd3: return (.operand, 0)
    // not, neg, mul, imul, div, idiv; test has an immediate operand.
    case 0xf7 where rest.first.map { $0 & 0x38 >= 0x10 } ?? false: return (.operand, 0)
    case 0x0f:
      // cmov, imul, movzx, movsx
      guard let second = rest.popFirst(),
        0x40...0x4f ~= second || [0xaf, 0xb6, 0xb7, 0xbe, 0xbf].contains(second)
      else { return nil }
      return (.register, 0)
    default: return nil
    }
  }

  /// The length of a ModRM byte with what belongs to it, in bytes.
  private static func operandLength(_ rest: ArraySlice<UInt8>) -> Int? {
    guard let operands = rest.first else { return nil }
    let (mode, memory) = (operands >> 6, operands & 7)
    if mode == 3 { return 1 }
    var length = 1
    var base = memory
    if memory == 4 {
      guard let index = rest.dropFirst().first else { return nil }
      base = index & 7
      length += 1
    }
    switch mode {
    // An address without a base register has 32 bits.
    case 0: return length + (base == 5 ? 4 : 0)
    case 1: return length + 1
    default: return length + 4
    }
  }
}
