// SPDX-License-Identifier: Apache-2.0

import Testing

/// Something that tells how many of its samples went through a function.
protocol SampledOutput {
  var total: Int { get }
  /// Samples with a frame of which this holds; a recursive function's samples count once.
  func count(where isMeant: (String) -> Bool) -> Int
}

extension SampledOutput {
  func count(of function: String) -> Int { count { $0 == function } }
}

/// Samples that a statistical claim rests on, at least.
let enoughSamples = 2000

/// Standard deviations by which a right profiler may be off: it is so once in 1.7 million times.
let toleratedDeviations = 5.0

/// Expects that `count` of `total` is what a true share of `truth` gives.
/// - Parameter missing: Samples that are known to be missing, all in one part perhaps.
func expectShare(
  _ count: Int, of total: Int, is truth: Double, missing: Double = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(total >= enoughSamples, "too few samples to tell", sourceLocation: sourceLocation)
  let deviation = (truth * (1 - truth) / Double(total)).squareRoot()
  let tolerance = toleratedDeviations * deviation + missing / Double(total)
  let share = Double(count) / Double(total)
  #expect(
    abs(share - truth) <= tolerance, "\(share) of \(total), not \(truth) ± \(tolerance)",
    sourceLocation: sourceLocation)
}

/// Expects that this share of the samples, or more, goes through `function`.
func expectMost(
  _ count: Int, of total: Int, atLeast share: Double = 0.97,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    Double(count) >= share * Double(total) && total > 0, "\(count) of \(total)",
    sourceLocation: sourceLocation)
}
