// SPDX-License-Identifier: Apache-2.0

/// The cost of unwinding by tables in the kernel, beside that of the kernel's own helper in the same run.
public struct UnwindingTrial: Hashable, Sendable {
  /// Walks by tables that were timed.
  public var walks: UInt64 = 0
  /// Frames of those walks.
  public var frames: UInt64 = 0
  /// Nanoseconds of those walks together.
  public var walkNanoseconds: UInt64 = 0
  /// Nanoseconds for each frame, in the median walk.
  public var medianNanosecondsPerFrame = 0.0
  /// Whole runs of the sampling program that unwound by tables.
  public var tableRuns: UInt64 = 0
  /// Nanoseconds of those runs together.
  public var tableNanoseconds: UInt64 = 0
  /// Whole runs that took what `bpf_get_stack` finds by frame pointers.
  public var helperRuns: UInt64 = 0
  /// Nanoseconds of those runs together.
  public var helperNanoseconds: UInt64 = 0

  public init() {}
}
