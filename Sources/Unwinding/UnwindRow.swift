// SPDX-License-Identifier: Apache-2.0

import CShims

/// A row of an unwind table, packed as `bpf/layout.h` describes.
public struct UnwindRow: Hashable, Sendable {
  /// The packed row.
  public let rawValue: UInt64

  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  init(pc: UInt32, action: Action) {
    rawValue = fb_row(pc, action.rawValue)
  }

  /// The first address that the row holds for, as linked.
  public var pc: UInt32 { fb_row_address(rawValue) }
  /// FB_ROW_*
  public var kind: UInt32 { fb_row_kind(rawValue) }
  /// 0 in rbp, at CFA + 8 * value, or FB_RBP_AT_RBP.
  public var rbp: Int8 { fb_row_rbp(rawValue) }
  /// The offset of the CFA, in units of 8 bytes.
  public var offset: UInt16 { fb_row_offset(rawValue) }

  /// What a row says, without its address.
  struct Action: Hashable {
    let rawValue: UInt32

    @inline(__always)
    init(_ kind: UInt32, rbp: UInt8 = 0, offset: UInt16 = 0) {
      rawValue = fb_row_action(kind, rbp, offset)
    }

    @inline(__always)
    init(_ kind: fb_row_kind) {
      self.init(kind.rawValue)
    }

    static let gap = Action(FB_ROW_GAP)
  }
}

extension UnwindRow.Action {
  /// Packs the rules of an address, or says why they cannot be followed.
  @inline(__always)
  init(_ rules: FrameRules, inSignalFrame: Bool) {
    if inSignalFrame {
      self.init(rules.restoreUserContext ? FB_ROW_SIGNAL : FB_ROW_UNSUPPORTED_EXPRESSION)
      return
    }
    switch rules.returnAddress {
    case .atOffset(-8): break
    case .undefined:
      self.init(FB_ROW_END)
      return
    case .inRegister(let register):
      self.init(rules, returnAddressIn: register)
      return
    default:
      self.init(FB_ROW_ODD_RETURN_ADDRESS)
      return
    }
    guard case .unsaid = rules.rsp else {
      self.init(FB_ROW_UNSUPPORTED_REGISTER)
      return
    }
    switch Self.packedRBP(rules.rbp) {
    case .success(let rbp): self.init(cfa: rules.cfa, rbp: rbp)
    case .failure(let refusal): self.init(refusal.kind)
    }
  }

  @inline(__always)
  private init(cfa: FrameRules.CFARule, rbp: UInt8) {
    switch cfa.expression {
    case nil:
      self.init(register: cfa.register, offset: cfa.offset, rbp: rbp)
    case .register(let register, let offset):
      self.init(register: register, offset: offset, rbp: rbp)
    case .plt(let threshold):
      self.init(FB_ROW_PLT.rawValue, rbp: rbp, offset: UInt16(threshold))
    case .dereferenced(let register, let offset, let addend):
      self.init(dereferenced: register, offset: offset, addend: addend, rbp: rbp)
    case .other:
      self.init(FB_ROW_UNSUPPORTED_EXPRESSION)
    }
  }

  @inline(__always)
  private init(register: UInt8, offset: Int64, rbp: UInt8) {
    guard register < 16 else {
      self.init(FB_ROW_UNSUPPORTED_REGISTER)
      return
    }
    guard offset & 7 == 0, let words = UInt16(exactly: offset >> 3) else {
      self.init(FB_ROW_DOES_NOT_FIT)
      return
    }
    let kind =
      switch register {
      case FrameRules.Register.rsp: FB_ROW_SP.rawValue
      case FrameRules.Register.rbp: FB_ROW_BP.rawValue
      default: FB_ROW_REGISTER.rawValue + UInt32(register)
      }
    self.init(kind, rbp: rbp, offset: words)
  }

  /// The C library's vfork alone, hence the simplest form only.
  private init(_ rules: FrameRules, returnAddressIn register: UInt8) {
    guard register < 16, rules.cfa.expression == nil, rules.cfa.register == FrameRules.Register.rsp,
      rules.rsp == .unsaid, rules.rbp == .unsaid, rules.cfa.offset & 7 == 0,
      let words = UInt16(exactly: rules.cfa.offset >> 3)
    else {
      self.init(FB_ROW_ODD_RETURN_ADDRESS)
      return
    }
    self.init(FB_ROW_RETURN_REGISTER.rawValue + UInt32(register), offset: words)
  }

  private init(dereferenced register: UInt8, offset: Int64, addend: Int64, rbp: UInt8) {
    let kind: fb_row_kind
    switch register {
    case FrameRules.Register.rbp: kind = FB_ROW_DEREF_BP
    case FrameRules.Register.rsp: kind = FB_ROW_DEREF_SP
    default:
      self.init(FB_ROW_UNSUPPORTED_EXPRESSION)
      return
    }
    guard offset & 7 == 0, -512...511 ~= offset >> 3, addend & 7 == 0, 0...63 ~= addend >> 3 else {
      self.init(FB_ROW_DOES_NOT_FIT)
      return
    }
    self.init(
      kind.rawValue, rbp: rbp, offset: fb_row_dereference(Int16(offset >> 3), UInt16(addend >> 3)))
  }

  /// A kind of row that says why there is no other.
  private struct Refusal: Error {
    var kind: fb_row_kind
  }

  @inline(__always)
  private static func packedRBP(_ rule: FrameRules.RegisterRule) -> Result<UInt8, Refusal> {
    switch rule {
    case .unsaid, .sameValue, .undefined:
      return .success(0)
    case .atOffset(let offset):
      // 0 means something else.
      guard offset != 0 else { return .failure(Refusal(kind: FB_ROW_ODD_RBP)) }
      guard offset & 7 == 0, -127...126 ~= offset >> 3 else {
        return .failure(Refusal(kind: FB_ROW_DOES_NOT_FIT))
      }
      return .success(UInt8(truncatingIfNeeded: offset >> 3))
    case .atExpression(.register(FrameRules.Register.rbp, offset: 0)):
      return .success(UInt8(FB_RBP_AT_RBP))
    case .atExpression, .inRegister, .elsewhere:
      return .failure(Refusal(kind: FB_ROW_ODD_RBP))
    }
  }
}

extension FrameRules {
  /// Whether they find the registers where the kernel puts them for a signal handler: in the
  /// `gregs` of the `ucontext_t` that rsp points to (<sys/ucontext.h>), 40 bytes into it.
  fileprivate var restoreUserContext: Bool {
    func general(_ index: Int64) -> Int64 { 40 + 8 * index }
    let stack = Register.rsp
    return cfa.expression == .dereferenced(stack, offset: general(15), addend: 0)
      && returnAddress == .atExpression(.register(stack, offset: general(16)))
      && rbp == .atExpression(.register(stack, offset: general(10)))
  }
}
