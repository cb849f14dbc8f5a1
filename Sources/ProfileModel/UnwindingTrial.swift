// SPDX-License-Identifier: Apache-2.0

/// The measured cost of unwinding by tables in the kernel, and of the kernel's own frame pointer
/// helper in the same recording. Only benchmarks request it.
package struct UnwindingTrial: Hashable, Sendable {
  /// The number of timed walks by unwind tables.
  package var walks: UInt64 = 0
  /// The total number of frames in all timed walks by unwind tables.
  package var frames: UInt64 = 0
  /// The time of all timed walks by unwind tables together, in nanoseconds.
  package var walkNanoseconds: UInt64 = 0
  /// The median, over all timed walks by unwind tables, of the nanoseconds for each frame of a
  /// walk; 0 if there are no walks.
  package var medianNanosecondsPerFrame = 0.0
  /// The number of whole runs of the sampling program that unwound by tables.
  package var tableRuns: UInt64 = 0
  /// The time of all whole runs of the sampling program that unwound by tables, in nanoseconds.
  package var tableNanoseconds: UInt64 = 0
  /// The number of whole runs of the sampling program that used `bpf_get_stack`, the kernel's
  /// helper, which follows frame pointers.
  package var helperRuns: UInt64 = 0
  /// The time of all whole runs of the sampling program that used `bpf_get_stack`, in nanoseconds.
  package var helperNanoseconds: UInt64 = 0

  /// Creates a trial without measurements.
  package init() {}
}
