// SPDX-License-Identifier: Apache-2.0

/// The change of one value, of a node or a function, on the basis of a difference.
public struct Change: Hashable, Sendable {
  /// The value before: a share of that side's total from 0 to 1, or an amount.
  public let before: Double
  /// The value after, in the same form.
  public let after: Double
  /// Whether the change is within sampling noise: less than two standard deviations of the difference
  /// between two recordings of the same program. It assumes that counts are samples.
  public let isNoise: Bool
  /// The change as a part of the larger total; the colours depend on it.
  let relative: Double
  /// Whether the value was 0 before, and noise does not explain the change.
  public var isNew: Bool { before == 0 && after > 0 && !isNoise }
  /// Whether the value is 0 after, and noise does not explain the change.
  public var isGone: Bool { after == 0 && before > 0 && !isNoise }

  /// The value after minus that before.
  public var delta: Double { after - before }

  /// - Parameters:
  ///   - before: Samples of the node or function before; `after`, `allBefore` and `allAfter` are
  ///     samples, too.
  ///   - basis: For shares, noise is judged by the pooled test of two proportions; for amounts, by the
  ///     pooled test of two Poisson counts with their exposures.
  init(
    before: Double, after: Double, allBefore: Double, allAfter: Double,
    basis: CallTreeDifference.Basis
  ) {
    guard let amounts = basis.amounts else {
      let (n1, n2) = (max(1, allBefore), max(1, allAfter))
      self.before = before / n1
      self.after = after / n2
      relative = self.after - self.before
      let pooled = (before + after) / (n1 + n2)
      let variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
      isNoise = relative == 0 || abs(relative) < 2 * variance.squareRoot()
      return
    }
    self.before = before * amounts.before
    self.after = after * amounts.after
    let difference = self.after - self.before
    relative =
      difference / max(1, allBefore * amounts.before, allAfter * amounts.after)
    let variance = (before + after) * amounts.before * amounts.after
    isNoise = difference == 0 || abs(difference) < 2 * variance.squareRoot()
  }
}
