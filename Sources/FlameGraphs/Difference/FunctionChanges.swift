// SPDX-License-Identifier: Apache-2.0

/// How a function's cost changed, wherever it was called.
public struct FunctionChange: Sendable {
  public var label: CallTree.Label
  /// Samples that ended in it.
  public var own: Change
  /// Samples with it in their stack.
  public var total: Change
}

extension CallTreeDifference {
  /// All functions, those first whose own cost changed most.
  public func functionChanges() -> [FunctionChange] {
    zip(before.labelCosts(), after.labelCosts())
      .filter { $0.label.kind.isFunction && $0.total + $1.total > 0 }
      .map { before, after in
        FunctionChange(
          label: after.label, own: change(before: before.own, after: after.own),
          total: change(before: before.total, after: after.total))
      }
      .sorted { a, b in
        (abs(a.own.delta), abs(a.total.delta)) > (abs(b.own.delta), abs(b.total.delta))
      }
  }
}
