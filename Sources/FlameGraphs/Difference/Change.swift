// SPDX-License-Identifier: Apache-2.0

/// The change of the value of a node or function between two profiles, with a test of its
/// significance.
package struct Change: Hashable, Sendable {
  /// The value in the profile before, in the quantity that is compared
  /// (`CallTreeDifference.Basis`): a share of the total from 0 to 1, a number of samples, or
  /// nanoseconds.
  package let before: Double
  /// The value in the profile after, in the quantity that is compared (`CallTreeDifference.Basis`):
  /// a share of the total from 0 to 1, a number of samples, or nanoseconds.
  package let after: Double
  /// Whether the change is within sampling noise: less than two standard deviations of the
  /// difference that two recordings of an unchanged program would have. The counts are taken to be
  /// numbers of independent samples.
  package let isNoise: Bool
  /// The change as a part of the larger total; the colours depend on it.
  let relative: Double
  /// Whether the value is 0 in the profile before and above 0 in the one after, by more than
  /// sampling noise explains.
  package var isNew: Bool { before == 0 && after > 0 && !isNoise }
  /// Whether the value is above 0 in the profile before and 0 in the one after, by more than
  /// sampling noise explains.
  package var isGone: Bool { after == 0 && before > 0 && !isNoise }

  /// The value after minus the value before; negative for a decrease. It is a difference of shares
  /// from -1 to 1, of numbers of samples, or of nanoseconds.
  package var delta: Double { after - before }

  /// - Parameters:
  ///   - before: Samples of the node or function before; `after`, `allBefore` and `allAfter` are
  ///     samples, too.
  ///   - basis: For shares, noise is judged by the pooled test of two proportions; for amounts, by
  ///     the pooled test of two Poisson counts with their exposures.
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
