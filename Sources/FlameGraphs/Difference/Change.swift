// SPDX-License-Identifier: Apache-2.0

/// How much of something there was before and after, on the basis of a difference.
public struct Change: Hashable, Sendable {
  /// Shares of each side's total from 0 to 1, or amounts.
  public let before: Double
  public let after: Double
  /// Whether the difference may be chance: it is less than two standard deviations of what two
  /// samplings of one and the same program differ by. Only true where counts are samples.
  public let isNoise: Bool
  /// In parts of the larger total: what colours go by.
  let relative: Double
  /// Whether there is nothing of it on one side, and more on the other than chance explains.
  public var isNew: Bool { before == 0 && after > 0 && !isNoise }
  public var isGone: Bool { after == 0 && before > 0 && !isNoise }

  public var delta: Double { after - before }

  /// - Parameters:
  ///   - before: Samples of it, as all here are.
  ///   - basis: For shares the test is that of two proportions, pooled; for amounts that of two
  ///     Poisson counts with their exposures, pooled as well.
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
