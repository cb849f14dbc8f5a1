// SPDX-License-Identifier: Apache-2.0

import CElfutils
import CShims
import Unwinding

/// A processor in some state, with all of its memory: what a row and what libdw say of a frame is
/// compared by the caller's registers that they arrive at.
package struct Machine {
  /// By DWARF number; 16 is rip.
  var registers: [UInt64]
  var seed: UInt64

  package init(at pc: UInt64, using generator: inout some RandomNumberGenerator) {
    registers = (0...16).map { _ in generator.next() }
    registers[16] = pc
    seed = generator.next()
  }

  /// Memory holds a different word at every address (the finalizer of MurmurHash3).
  func word(at address: UInt64) -> UInt64 {
    var hash = address ^ seed
    hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
    return hash ^ hash >> 33
  }
}

/// Where a frame leads.
package enum Caller: Hashable, Sendable {
  case frame(cfa: UInt64, returnAddress: UInt64, rbp: UInt64)
  /// The return address is undefined.
  case end
  /// Nothing describes this address.
  case unknown
  /// FB_ROW_*: there is a description that rows cannot say.
  case unsupported(UInt32)
  /// There is one that libdw refuses.
  case refused
}

extension Machine {
  /// The caller's value of a register that the word of a slot finds (`bpf/layout/registers.h`); nil where
  /// it is lost.
  package func callersRegister(_ number: Int, slot: Int16, cfa: UInt64) -> UInt64? {
    switch Int32(slot) {
    case FB_SLOT_LOST: nil
    case FB_SLOT_UNCHANGED: registers[number]
    default: word(at: cfa &+ UInt64(bitPattern: 8 * Int64(slot)))
    }
  }

  /// Follows a row, as `bpf/layout.h` says.
  package func caller(by row: UnwindRow) -> Caller {
    let rbp = registers[6]
    let rsp = registers[7]
    let offset = UInt64(row.offset)
    let a = 8 * (Int64(Int16(bitPattern: row.offset)) >> 6)
    let b = 8 * (offset & 63)
    let cfa: UInt64
    switch row.kind {
    case FB_ROW_END.rawValue: return .end
    case FB_ROW_GAP.rawValue: return .unknown
    // What call frame information does not say.
    case FB_ROW_CHAIN.rawValue, FB_ROW_START.rawValue, FB_ROW_ROOT.rawValue,
      FB_ROW_CALLED.rawValue, FB_ROW_CLONING.rawValue:
      return .unknown
    case FB_ROW_SP.rawValue: cfa = rsp &+ 8 * offset
    case FB_ROW_BP.rawValue: cfa = rbp &+ 8 * offset
    case FB_ROW_PLT.rawValue: cfa = rsp &+ 8 &+ (registers[16] & 15 >= offset ? 8 : 0)
    case FB_ROW_DEREF_BP.rawValue: cfa = word(at: rbp &+ UInt64(bitPattern: a)) &+ b
    case FB_ROW_DEREF_SP.rawValue: cfa = word(at: rsp &+ UInt64(bitPattern: a)) &+ b
    case FB_ROW_SIGNAL.rawValue:
      let general = rsp &+ 40
      return .frame(
        cfa: word(at: general &+ 8 * 15), returnAddress: word(at: general &+ 8 * 16),
        rbp: word(at: general &+ 8 * 10))
    case FB_ROW_REGISTER.rawValue..<FB_ROW_REGISTER.rawValue + 16:
      cfa = registers[Int(row.kind - FB_ROW_REGISTER.rawValue)] &+ 8 * offset
    case FB_ROW_RETURN_REGISTER.rawValue..<FB_ROW_RETURN_REGISTER.rawValue + 16:
      return .frame(
        cfa: rsp &+ 8 * offset,
        returnAddress: registers[Int(row.kind - FB_ROW_RETURN_REGISTER.rawValue)], rbp: rbp)
    default: return .unsupported(row.kind)
    }
    let callersRBP =
      switch row.rbp {
      case 0: rbp
      case Int8(FB_RBP_AT_RBP): word(at: rbp)
      default: word(at: cfa &+ UInt64(bitPattern: 8 * Int64(row.rbp)))
      }
    return .frame(cfa: cfa, returnAddress: word(at: cfa &- 8), rbp: callersRBP)
  }

  /// What a DWARF expression leaves on the stack, and whether it is a value rather than an address;
  /// nil for operations that do not occur in call frame information.
  func evaluate(
    _ operations: UnsafeBufferPointer<Dwarf_Op>, cfa: UInt64?
  ) -> (result: UInt64, isValue: Bool)? {
    var stack: [UInt64] = []
    for operation in operations {
      let number = operation.number
      switch Int(operation.atom) {
      case 0x70...0x8f:  // DW_OP_breg0
        let register = Int(operation.atom) - 0x70
        guard register < registers.count else { return nil }
        stack.append(registers[register] &+ number)
      case 0x92:  // DW_OP_bregx
        guard number < registers.count else { return nil }
        stack.append(registers[Int(number)] &+ operation.number2)
      case 0x90:  // DW_OP_regx
        guard number < registers.count else { return nil }
        return (registers[Int(number)], true)
      case 0x50...0x6f:  // DW_OP_reg0
        let register = Int(operation.atom) - 0x50
        guard register < registers.count else { return nil }
        return (registers[register], true)
      case 0x30...0x4f: stack.append(UInt64(operation.atom) - 0x30)  // DW_OP_lit0
      case 0x9c:  // DW_OP_call_frame_cfa
        guard let cfa else { return nil }
        stack.append(cfa)
      case 0x06:  // DW_OP_deref
        guard let address = stack.popLast() else { return nil }
        stack.append(word(at: address))
      case 0x23:  // DW_OP_plus_uconst
        guard let term = stack.popLast() else { return nil }
        stack.append(term &+ number)
      case 0x1a, 0x22, 0x24, 0x2a:
        guard let second = stack.popLast(), let first = stack.popLast() else { return nil }
        switch Int(operation.atom) {
        case 0x1a: stack.append(first & second)  // DW_OP_and
        case 0x22: stack.append(first &+ second)  // DW_OP_plus
        case 0x24: stack.append(first << second)  // DW_OP_shl
        default:  // DW_OP_ge
          stack.append(Int64(bitPattern: first) >= Int64(bitPattern: second) ? 1 : 0)
        }
      case 0x9f:  // DW_OP_stack_value
        return stack.last.map { ($0, true) }
      default: return nil
      }
    }
    return stack.last.map { ($0, false) }
  }
}
