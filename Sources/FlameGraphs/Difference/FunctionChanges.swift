// SPDX-License-Identifier: Apache-2.0

/// The change of a function's cost between two profiles, summed over all its callers.
package struct FunctionChange: Sendable {
  /// The function: its name, kind, module and source.
  package var label: CallTree.Label
  /// The change of the function's self value: the sum of the values of the samples that ended in
  /// the function itself.
  package var own: Change
  /// The change of the function's inclusive value: the sum of the values of the samples with the
  /// function anywhere in their stack.
  package var total: Change
}

extension CallTreeDifference {
  /// Returns the changes of all functions of either profile, sorted by the change of their self
  /// value, the largest first.
  package func functionChanges() -> [FunctionChange] {
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
