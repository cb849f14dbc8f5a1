// SPDX-License-Identifier: Apache-2.0

/// The stack of rules that DW_CFA_remember_state pushes and DW_CFA_restore_state pops.
///
/// The first element is kept in place: compilers do not nest these instructions, and reading one
/// function should need no allocation.
struct RememberedRules {
  /// The limit of elements: no compiler nests deeper.
  static let mostRemembered = 32

  private var first = FrameRules()
  private var rest: [FrameRules] = []
  private var count = 0

  /// Pushes rules; throws `malformed` if the stack is full.
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

  /// Pops the rules that were pushed last; throws `malformed` if there are none.
  @inline(__always)
  mutating func pop() throws(UnwindTableError) -> FrameRules {
    guard count > 0 else { throw .malformed }
    count -= 1
    return count == 0 ? first : rest.removeLast()
  }
}
