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

/// Expects that `count` of `total` is what a true share of `truth` gives, within 4 standard
/// deviations: a right profiler fails one test in 16,000.
func expectShare(
  _ count: Int, of total: Int, is truth: Double, _ comment: Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(total >= enoughSamples, "too few samples to tell", sourceLocation: sourceLocation)
  let deviation = (truth * (1 - truth) / Double(total)).squareRoot()
  let share = Double(count) / Double(total)
  #expect(
    abs(share - truth) <= 4 * deviation, "\(share) of \(total), not \(truth) ± \(4 * deviation)",
    sourceLocation: sourceLocation)
  if let comment, abs(share - truth) > 4 * deviation {
    Issue.record(comment, sourceLocation: sourceLocation)
  }
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
