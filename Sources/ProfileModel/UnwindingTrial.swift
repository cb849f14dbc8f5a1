// SPDX-License-Identifier: Apache-2.0

/// The measured cost of unwinding by tables in the kernel, and of the kernel's own frame pointer
/// helper in the same recording. Only benchmarks request it.
public struct UnwindingTrial: Hashable, Sendable {
  /// The number of timed walks by unwind tables.
  public var walks: UInt64 = 0
  /// The total number of frames in all timed walks by unwind tables.
  public var frames: UInt64 = 0
  /// The time of all timed walks by unwind tables together, in nanoseconds.
  public var walkNanoseconds: UInt64 = 0
  /// The median, over all timed walks by unwind tables, of the nanoseconds for each frame of a
  /// walk; 0 if there are no walks.
  public var medianNanosecondsPerFrame = 0.0
  /// The number of whole runs of the sampling program that unwound by tables.
  public var tableRuns: UInt64 = 0
  /// The time of all whole runs of the sampling program that unwound by tables, in nanoseconds.
  public var tableNanoseconds: UInt64 = 0
  /// The number of whole runs of the sampling program that used `bpf_get_stack`, the kernel's
  /// helper, which follows frame pointers.
  public var helperRuns: UInt64 = 0
  /// The time of all whole runs of the sampling program that used `bpf_get_stack`, in nanoseconds.
  public var helperNanoseconds: UInt64 = 0

  /// Creates a trial without measurements.
  public init() {}
}
