// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A change in the life of a process that is followed.
///
/// `entry` is the id of the process's entry in `ProcessTable`: one program in one process. A process
/// that calls exec ends its entry and starts another one. Ids are never reused; process ids are.
enum ProcessChange {
  /// A program runs: after an exec, or found in `/proc`. `mappings` are its executable ones, sorted
  /// by address; none directly after an exec, whose mappings follow as `mapped`.
  case started(entry: Int, pid: Int32, mappings: [Mapping])
  /// A child runs the program of its parent, with the parent's mappings. `time` is that of the fork,
  /// in monotonic nanoseconds.
  case forked(entry: Int, pid: Int32, parent: Int, time: UInt64)
  /// The program mapped something executable, maybe over something else.
  case mapped(entry: Int, pid: Int32, MappingChange)
  /// The program has ended: by exec, or with its process.
  case ended(entry: Int)
  /// The process has ended: no program runs under this id any more. Follows the `ended` of its entry.
  case exited(pid: Int32)
}

/// What one new mapping changes in its process.
struct MappingChange {
  /// Mappings that have ended, each with the time in `until`.
  var removed: [Mapping]
  /// The new mapping, and the parts that it leaves of those that it covers in part.
  var added: [Mapping]
  /// The same range of the same file was mapped before: nothing is removed. The kernel reports a
  /// mapping again when its protection changes; it may also be one that `/proc` has shown already,
  /// or a file that was unmapped and mapped again.
  var isKnown = false
}
