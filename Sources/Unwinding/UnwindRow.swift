// SPDX-License-Identifier: Apache-2.0

import CShims

/// A row of an unwind table: how to find the caller's frame, for all code addresses from the row's
/// own up to that of the next row. It is packed into 64 bits as `bpf/layout/rows.h` describes.
package struct UnwindRow: Hashable, Sendable {
  /// The row in packed form, as the BPF program reads it.
  package let rawValue: UInt64

  /// Creates a row from its packed form.
  ///
  /// - Parameter rawValue: The 64 bits that `bpf/layout/rows.h` describes. They are not checked.
  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Packs a row.
  ///
  /// - Parameter pc: The first address that it holds for, as linked.
  init(pc: UInt32, action: Action) {
    rawValue = fb_row(pc, action.rawValue)
  }

  /// The first code address that the row holds for, as linked.
  package var pc: UInt32 { fb_row_address(rawValue) }
  /// The way to compute the canonical frame address (CFA), or the reason why it is not known: a
  /// value of `enum fb_row_kind` in `bpf/layout/rows.h`.
  package var kind: UInt32 { fb_row_kind(rawValue) }
  /// The location of the caller's value of the register rbp: 0 means that rbp is unchanged,
  /// FB_RBP_AT_RBP that it is stored where rbp points to, any other value that it is stored at the
  /// address CFA + 8 * value, where CFA is the canonical frame address.
  package var rbp: Int8 { fb_row_rbp(rawValue) }
  /// The distance from the value of a register, which `kind` names, to the canonical frame address
  /// (CFA), in units of 8 bytes. Rows of the kinds FB_ROW_PLT and FB_ROW_DEREF_* have other
  /// operands here; `bpf/layout/rows.h` describes them.
  package var offset: UInt16 { fb_row_offset(rawValue) }

  /// The part of a row without its address: kind, rbp and offset.
  struct Action: Hashable {
    /// The packed action.
    let rawValue: UInt32

    /// Packs an action; the parameters are as in ``UnwindRow``.
    @inline(__always)
    init(_ kind: UInt32, rbp: UInt8 = 0, offset: UInt16 = 0) {
      rawValue = fb_row_action(kind, rbp, offset)
    }

    /// Creates an action from its packed form.
    init(packed: UInt32) {
      rawValue = packed
    }

    /// Packs an action of a kind that has no operands.
    @inline(__always)
    init(_ kind: fb_row_kind) {
      self.init(kind.rawValue)
    }

    /// The action where the return address is undefined: the thread's first frame.
    static let end = Action(FB_ROW_END)
    /// The action where no rules are known: a checked step by the frame pointer, or the stack ends
    /// there as truncated.
    static let gap = Action(FB_ROW_GAP)
    /// The action where no rules are known, in a language whose stacks end with the frame pointer
    /// 0.
    static let chain = Action(FB_ROW_CHAIN)
    /// The action of the byte before a function that begins stacks.
    static let start = Action(FB_ROW_START)
    /// The action in a function without rules that a thread's first function returns to.
    static let root = Action(FB_ROW_ROOT)

    /// Packs the action of the end of a function that starts threads, behind its description.
    ///
    /// - Parameters:
    ///   - distance: Bytes from the function's first byte to the row, below
    ///     `1 << FB_CALLED_DISTANCE_BITS`.
    ///   - startsThread: Whether a thread that finds 0 in rax goes on in a first frame.
    static func cloning(_ distance: UInt32, startsThread: Bool) -> Action {
      Action(packed: fb_cloning_action(distance, startsThread ? 1 : 0))
    }
  }
}

extension UnwindRow.Action {
  /// Packs the rules of an address. If the BPF program cannot follow them, the kind says why.
  ///
  /// - Parameter inSignalFrame: Whether the kernel has made the frame, to call a signal handler.
  @inline(__always)
  init(_ rules: FrameRules, inSignalFrame: Bool) {
    if inSignalFrame {
      self.init(rules.restoreUserContext ? FB_ROW_SIGNAL : FB_ROW_UNSUPPORTED_EXPRESSION)
      return
    }
    switch rules.returnAddress {
    case .atOffset(-8): break
    case .undefined:
      self = .end
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
    switch Self.packedRBP(rules.followed) {
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

  /// Packs rules whose return address is in a register. Only the C library's vfork has them, so
  /// only their simplest form is supported.
  private init(_ rules: FrameRules, returnAddressIn register: UInt8) {
    guard register < 16, rules.cfa.expression == nil, rules.cfa.register == FrameRules.Register.rsp,
      rules.rsp == .unsaid, rules.followed == .unsaid, rules.cfa.offset & 7 == 0,
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

  /// A kind of row that says why rules cannot be packed.
  private struct Refusal: Error {
    var kind: fb_row_kind
  }

  @inline(__always)
  private static func packedRBP(_ rule: FrameRules.RegisterRule) -> Result<UInt8, Refusal> {
    switch rule {
    case .unsaid, .sameValue, .undefined:
      return .success(0)
    case .atOffset(let offset):
      // In a row 0 means that rbp is unchanged.
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
  /// Whether these rules find the registers where the kernel stores them for a signal handler: in
  /// the `gregs` of the `ucontext_t` that rsp points to (<sys/ucontext.h>), 40 bytes into it.
  fileprivate var restoreUserContext: Bool {
    func general(_ index: Int64) -> Int64 { 40 + 8 * index }
    let stack = Register.rsp
    return cfa.expression == .dereferenced(stack, offset: general(15), addend: 0)
      && returnAddress == .atExpression(.register(stack, offset: general(16)))
      && followed == .atExpression(.register(stack, offset: general(10)))
  }
}
