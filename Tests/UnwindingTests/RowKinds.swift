// SPDX-License-Identifier: Apache-2.0

import CShims

/// The kinds of `bpf/layout.h`, as rows hold them.
enum RowKind {
  static let end = FB_ROW_END.rawValue
  static let gap = FB_ROW_GAP.rawValue
  static let sp = FB_ROW_SP.rawValue
  static let bp = FB_ROW_BP.rawValue
  static let plt = FB_ROW_PLT.rawValue
  static let dereferencedBP = FB_ROW_DEREF_BP.rawValue
  static let dereferencedSP = FB_ROW_DEREF_SP.rawValue
  static let signal = FB_ROW_SIGNAL.rawValue
  static let unsupportedRegister = FB_ROW_UNSUPPORTED_REGISTER.rawValue
  static let unsupportedExpression = FB_ROW_UNSUPPORTED_EXPRESSION.rawValue
  static let doesNotFit = FB_ROW_DOES_NOT_FIT.rawValue
  static let oddReturnAddress = FB_ROW_ODD_RETURN_ADDRESS.rawValue
  static let oddRBP = FB_ROW_ODD_RBP.rawValue
  static let chain = FB_ROW_CHAIN.rawValue
  static let start = FB_ROW_START.rawValue
  static let root = FB_ROW_ROOT.rawValue
  static let cloning = FB_ROW_CLONING.rawValue
  static let called = FB_ROW_CALLED.rawValue
  static func returnRegister(_ number: UInt32) -> UInt32 {
    FB_ROW_RETURN_REGISTER.rawValue + number
  }
  static func register(_ number: UInt32) -> UInt32 { FB_ROW_REGISTER.rawValue + number }
}
