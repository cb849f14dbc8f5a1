// SPDX-License-Identifier: Apache-2.0

import System

/// What the machine allows when a sampler is set up. It is read early: most privileges are given up
/// later, and the kernel may lower the rate limit meanwhile.
struct SamplingConditions {
  /// `kernel.perf_event_max_sample_rate`; nil if it cannot be read.
  let rateLimit: Int?
  /// Missing capabilities that symbolization needs.
  let missingCapabilities: [Capability]
  /// Whether functions of the kernel may be named.
  let showsKernelAddresses: Bool

  /// Throws if the plan's rate is above the limit, or if `/proc` is that of another pid namespace.
  init(_ plan: SamplingPlan) throws(SamplingError) {
    rateLimit = SampleRate.limit()
    missingCapabilities = Capability.missing(of: Capability.forNames)
    showsKernelAddresses = KernelSettings.showsKernelAddresses
    try SampleRate.check(plan.rate)
    guard ProcFile.showsOwnNamespace else { throw .procOfOtherNamespace }
  }
}
