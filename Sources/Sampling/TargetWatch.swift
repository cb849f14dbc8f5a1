// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles

/// The processes that were named, each by a descriptor that tells of its exit: unlike a pid, it is
/// never given to another process.
struct TargetWatch: ~Copyable {
  private var running: [Watched] = []
  let pids: [Int32]

  private final class Watched {
    let descriptor: FileDescriptor
    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
  }

  /// Refuses a process that does not exist or has already exited.
  init(_ pids: [Int32]) throws(SamplingError) {
    self.pids = pids
    for pid in pids {
      let raw = fb_pidfd_open(pid)
      guard raw >= 0 else {
        // EINVAL: a thread that leads no process.
        if errno == ESRCH || errno == EINVAL { throw .noSuchProcess(pid) }
        throw .system(.last("pidfd_open", "\(pid)"))
      }
      let descriptor = FileDescriptor(adopting: raw)
      guard let status = ProcessStatus(pid: pid) else { throw .noSuchProcess(pid) }
      if status.isZombie { throw .zombie(pid) }
      running.append(Watched(descriptor))
    }
  }

  var descriptors: [CInt] { running.map { $0.descriptor.rawValue } }

  /// Drops those that have exited; true when none is left of at least one.
  mutating func allHaveExited() -> Bool {
    guard !pids.isEmpty else { return false }
    running.removeAll { watched in
      var state = pollfd(fd: watched.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
      return poll(&state, 1, 0) > 0
    }
    return running.isEmpty
  }
}
