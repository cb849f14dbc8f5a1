// SPDX-License-Identifier: Apache-2.0

/// What call frame information says of one address: where the canonical frame address (CFA, rsp
/// before the call) is, and how the caller's registers are found. Of those, only the ones that
/// unwinding needs.
struct FrameRules {
  enum Register {
    /// DWARF's numbers for x86-64 (System V ABI, figure 3.36).
    static let rbp: UInt8 = 6
    static let rsp: UInt8 = 7
    static let returnAddress: UInt8 = 16
  }

  /// register + offset, unless there is an expression. Register and offset are kept apart from it,
  /// because that is how libgcc reads instructions that change one of them after an expression was
  /// given, and there is assembly that relies on it (libgcrypt's).
  struct CFARule: Hashable {
    /// 255 where none was given.
    var register = UInt8.max
    var offset: Int64 = 0
    var expression: FrameExpression?
  }

  enum RegisterRule: Hashable {
    /// Nothing was said: for rsp that it is the CFA, for others that they are as they were.
    case unsaid
    case undefined
    case sameValue
    /// At CFA + offset.
    case atOffset(Int64)
    /// At the address that an expression gives.
    case atExpression(FrameExpression)
    case inRegister(UInt8)
    /// A value that is not stored.
    case elsewhere
  }

  var cfa = CFARule()
  var rbp = RegisterRule.unsaid
  var rsp = RegisterRule.unsaid
  var returnAddress = RegisterRule.unsaid

  @inline(__always)
  mutating func set(_ register: UInt8, _ rule: RegisterRule) {
    switch register {
    case Register.rbp: rbp = rule
    case Register.rsp: rsp = rule
    case Register.returnAddress: returnAddress = rule
    default: break
    }
  }

  /// Gives a register the rule that it has in other rules.
  @inline(__always)
  mutating func restore(_ register: UInt8, from initial: FrameRules) {
    switch register {
    case Register.rbp: rbp = initial.rbp
    case Register.rsp: rsp = initial.rsp
    case Register.returnAddress: returnAddress = initial.returnAddress
    default: break
    }
  }
}
