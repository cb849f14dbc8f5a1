// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import ProfileModel

/// A difference as a table for a terminal. The tree's names are escaped already.
struct DifferenceText {
  let difference: CallTreeDifference
  /// What counts are numbers of, such as `samples`.
  let unit: String

  private static let mostLines = 50

  /// The table of the 50 functions whose own cost changed most.
  func functions() -> String {
    let changes = difference.functionChanges()
    let shown = changes.prefix(Self.mostLines).filter { $0.own.delta != 0 || $0.total.delta != 0 }
    var text = "  self: before     after     change  total: before     after     change  function\n"
    for change in shown {
      text +=
        "\(columns(change.own, 14))  \(columns(change.total, 15))  \(change.label.nameAndModule)\n"
    }
    let hidden = changes.count - shown.count
    if hidden > 0 { text += "… and \(Words.grouped(UInt64(hidden))) that changed less\n" }
    return text + """
      ~ within sampling noise (two standard deviations)
      before \(Words.grouped(difference.before.allSamples)), \
      after \(Words.grouped(difference.after.allSamples)), \(basis)

      """
  }

  private var basis: String {
    switch difference.basis {
    case .shares: "in % of each side's total"
    case .counts: "in \(VisibleText.of(unit))"
    case .cpuTime: "in CPU seconds"
    }
  }

  private func columns(_ change: Change, _ width: Int) -> String {
    let sign = change.delta > 0 ? "+" : change.delta < 0 ? "-" : ""
    let delta = (change.isNoise && change.delta != 0 ? "~" : "") + sign + number(abs(change.delta))
    return number(change.before).padded(to: width) + number(change.after).padded(to: 10)
      + delta.padded(to: 11)
  }

  private func number(_ value: Double) -> String {
    switch difference.basis {
    case .shares: Words.fixed(100 * value, places: 2)
    case .counts: Words.fixed(value, places: 0)
    case .cpuTime: Words.fixed(value / 1e9, places: 2)
    }
  }
}
