// SPDX-License-Identifier: Apache-2.0

import Sampling
import Symbolization

/// What tests and benchmarks change in a run of `record`, so that rare events happen. Only the tests'
/// own program (`Tests/TestingProgram`) sets any: in the shipped one nothing can.
package struct TestSwitches {
  /// As in `SamplingPlan`; nil leaves the plan's value.
  package var stackIDBits: Int?
  /// As in `SamplingPlan`; nil leaves the plan's value.
  package var maximumTimes: Int?
  /// As in `SamplingPlan`, in nanoseconds; nil leaves the plan's value.
  package var tableDelay: UInt64?
  /// As in `SamplingPlan`.
  package var isTrial = false
  /// The arguments with which workers are started.
  package var workerArguments: [String] = []
  /// A closure that is called in a worker with each request before it is answered.
  package var prepareWorker: (WorkerTask) -> Void = { _ in }

  /// Creates switches that change nothing.
  package init() {}

  func apply(to plan: inout SamplingPlan, _ naming: inout Symbolizer.Options) {
    plan.stackIDBits = stackIDBits ?? plan.stackIDBits
    plan.maximumTimes = maximumTimes ?? plan.maximumTimes
    plan.tableDelay = tableDelay ?? plan.tableDelay
    plan.isTrial = isTrial
    naming.workerArguments = workerArguments
  }
}
