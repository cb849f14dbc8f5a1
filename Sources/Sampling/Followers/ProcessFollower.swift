// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A part of the profiler that keeps something for each process, and so must know of every process
/// that starts, forks, maps executable memory, calls exec or ends.
///
/// `ProcessMonitor` has the list of all followers and passes every change to each of them, in the
/// order in which the changes happened. A follower knows nothing of the others.
protocol ProcessFollower: AnyObject {
  /// Called once for each change. It runs in the sampler's event loop, which reads no records
  /// meanwhile: work that takes longer than about a millisecond belongs in a thread.
  func apply(_ change: ProcessChange)

  /// Whether the follower still reads the file of an object that no process has mapped any more.
  func needsFile(of object: ObjectIndex) -> Bool

  /// Called before the file of an object is closed, which no follower needs. It is opened again, and
  /// reported in a `ProcessChange`, when a process maps it again.
  func willCloseFile(of object: ObjectIndex)
}

extension ProcessFollower {
  func needsFile(of object: ObjectIndex) -> Bool { false }
  func willCloseFile(of object: ObjectIndex) {}
}
