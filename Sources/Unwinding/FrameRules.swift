// SPDX-License-Identifier: Apache-2.0

/// The rules of call frame information for one address: where the canonical frame address (CFA, the
/// value of rsp before the call) is, and how the caller's registers are found. Only the registers
/// that unwinding needs are kept: the return address, rsp, and one that is followed.
struct FrameRules {
  /// DWARF's numbers of registers for x86-64 (System V ABI, figure 3.36).
  enum Register {
    /// The frame pointer rbp.
    static let rbp: UInt8 = 6
    /// The stack pointer rsp.
    static let rsp: UInt8 = 7
    /// The column of the return address (rip).
    static let returnAddress: UInt8 = 16
  }

  /// The rule for the CFA: register + offset, or an expression if there is one.
  ///
  /// Register and offset are kept beside an expression, because libgcc applies instructions that
  /// change one of them later, and there is assembly that relies on it (libgcrypt's).
  struct CFARule: Hashable {
    /// The DWARF number of the register; 255 if none was given.
    var register = UInt8.max
    /// What is added to the register, in bytes.
    var offset: Int64 = 0
    /// The expression that computes the CFA; nil means register + offset.
    var expression: FrameExpression?
  }

  /// The rule for the caller's value of one register.
  enum RegisterRule: Hashable {
    /// No rule was given: rsp is the CFA, other registers are unchanged.
    case unsaid
    /// The value is lost; for the return address it means that there is no caller.
    case undefined
    /// The register is unchanged.
    case sameValue
    /// The value is stored at CFA + offset, in bytes.
    case atOffset(Int64)
    /// The value is stored at the address that an expression computes.
    case atExpression(FrameExpression)
    /// The value is in the register with this DWARF number.
    case inRegister(UInt8)
    /// The value is computed and not stored (DW_CFA_val_offset, DW_CFA_val_expression).
    case elsewhere
  }

  /// The rule for the CFA.
  var cfa = CFARule()
  /// The rule for the register that is followed: rbp, unless the rules are read for another one.
  var followed = RegisterRule.unsaid
  /// The rule for rsp.
  var rsp = RegisterRule.unsaid
  /// The rule for the return address.
  var returnAddress = RegisterRule.unsaid

  /// Gives a register a rule; does nothing for registers that are not kept.
  ///
  /// - Parameter followed: The DWARF number of the register that is followed.
  @inline(__always)
  mutating func set(_ register: UInt8, _ rule: RegisterRule, following followed: UInt8) {
    switch register {
    case followed: self.followed = rule
    case Register.rsp: rsp = rule
    case Register.returnAddress: returnAddress = rule
    default: break
    }
  }

  /// Gives a register the rule that it has in `initial`; does nothing for registers that are not
  /// kept.
  ///
  /// - Parameter followed: The DWARF number of the register that is followed.
  @inline(__always)
  mutating func restore(_ register: UInt8, from initial: FrameRules, following followed: UInt8) {
    switch register {
    case followed: self.followed = initial.followed
    case Register.rsp: rsp = initial.rsp
    case Register.returnAddress: returnAddress = initial.returnAddress
    default: break
    }
  }
}
