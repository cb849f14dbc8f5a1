// SPDX-License-Identifier: Apache-2.0

/// The rules that DW_CFA_remember_state keeps for DW_CFA_restore_state.
///
/// The first is kept in place: compilers do not nest them, and a function's worth of rules should
/// cost no allocation.
struct RememberedRules {
  /// The most states that are remembered: no compiler nests deeper.
  static let mostRemembered = 32

  private var first = FrameRules()
  private var rest: [FrameRules] = []
  private var count = 0

  @inline(__always)
  mutating func push(_ rules: FrameRules) throws(UnwindTableError) {
    if count == 0 {
      first = rules
    } else {
      guard count < Self.mostRemembered else { throw .malformed }
      rest.append(rules)
    }
    count += 1
  }

  @inline(__always)
  mutating func pop() throws(UnwindTableError) -> FrameRules {
    guard count > 0 else { throw .malformed }
    count -= 1
    return count == 0 ? first : rest.removeLast()
  }
}
