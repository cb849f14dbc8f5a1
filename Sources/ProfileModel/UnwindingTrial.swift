// SPDX-License-Identifier: Apache-2.0

/// What unwinding by tables costs in the kernel, beside the kernel's own helper in the same run.
public struct UnwindingTrial: Hashable, Sendable {
  /// Walks by tables that were timed: how many, their frames, nanoseconds, and the median walk's
  /// nanoseconds a frame.
  public var walks: UInt64 = 0
  public var frames: UInt64 = 0
  public var walkNanoseconds: UInt64 = 0
  public var medianNanosecondsPerFrame = 0.0
  /// Whole runs of the sampling program that unwound by tables.
  public var tableRuns: UInt64 = 0
  public var tableNanoseconds: UInt64 = 0
  /// Whole runs that took what `bpf_get_stack` finds by frame pointers.
  public var helperRuns: UInt64 = 0
  public var helperNanoseconds: UInt64 = 0

  public init() {}
}
