// SPDX-License-Identifier: Apache-2.0

import Testing

/// An output that knows the number of samples with a function.
protocol SampledOutput {
  var total: Int { get }
  /// Samples with at least one frame that matches.
  func count(where isMeant: (String) -> Bool) -> Int
}

extension SampledOutput {
  func count(of function: String) -> Int { count { $0 == function } }
}

/// The least number of samples for a statistical claim.
let enoughSamples = 2000

/// Standard deviations by which a share may differ from the truth: a right profiler exceeds them once in
/// 1.7 million times.
let toleratedDeviations = 5.0

/// Expects that `count` of `total` agrees with a true share of `truth`, 0 to 1.
/// - Parameter missing: Samples that are known to be missing, perhaps all of one function.
func expectShare(
  _ count: Int, of total: Int, is truth: Double, missing: Double = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(total >= enoughSamples, "too few samples", sourceLocation: sourceLocation)
  let deviation = (truth * (1 - truth) / Double(total)).squareRoot()
  let tolerance = toleratedDeviations * deviation + missing / Double(total)
  let share = Double(count) / Double(total)
  #expect(
    abs(share - truth) <= tolerance, "\(share) of \(total), not \(truth) ± \(tolerance)",
    sourceLocation: sourceLocation)
}

/// Expects that `count` is at least this share of `total`.
func expectMost(
  _ count: Int, of total: Int, atLeast share: Double = 0.97,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    Double(count) >= share * Double(total) && total > 0, "\(count) of \(total)",
    sourceLocation: sourceLocation)
}
