// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles

/// The processes and threads that were named, each by a descriptor that tells of its exit: unlike an
/// id, it is never given to another one.
struct TargetWatch: ~Copyable {
  private var running: [Watched] = []
  /// Those that were named, or else those of the threads.
  let processes: [Int32]

  private final class Watched {
    let descriptor: FileDescriptor
    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
  }

  /// Refuses what does not exist or has already exited.
  init(_ pids: [Int32], threads: [Int32]) throws(SamplingError) {
    var leaders: [Int32] = []
    for thread in threads {
      guard let leader = ProcFile.field("Tgid", of: "/proc/\(thread)/status").flatMap({ Int32($0) })
      else { throw .noSuchThread(thread) }
      if !leaders.contains(leader) { leaders.append(leader) }
      running.append(try Self.watch(thread: thread, of: leader))
    }
    for pid in pids { running.append(try Self.watch(pid)) }
    processes = pids.isEmpty ? leaders : pids
  }

  private static func watch(_ pid: Int32) throws(SamplingError) -> Watched {
    let raw = fb_pidfd_open(pid)
    guard raw >= 0 else {
      // EINVAL, and ENOENT on newer kernels: a thread that leads no process.
      if [ESRCH, EINVAL, ENOENT].contains(errno) { throw .noSuchProcess(pid) }
      throw .system(.last("pidfd_open", "\(pid)"))
    }
    let descriptor = FileDescriptor(adopting: raw)
    guard let status = ProcessStatus(pid: pid) else { throw .noSuchProcess(pid) }
    if status.isZombie { throw .zombie(pid) }
    return Watched(descriptor)
  }

  private static func watch(thread: Int32, of leader: Int32) throws(SamplingError) -> Watched {
    // Before Linux 6.9 only the end of its process can be watched.
    var raw = fb_pidfd_open_thread(thread)
    if raw < 0, errno == EINVAL { raw = fb_pidfd_open(leader) }
    guard raw >= 0 else {
      if errno == ESRCH { throw .noSuchThread(thread) }
      throw .system(.last("pidfd_open", "\(thread)"))
    }
    return Watched(FileDescriptor(adopting: raw))
  }

  var descriptors: [CInt] { running.map { $0.descriptor.rawValue } }

  /// Drops those that have exited; true when none is left of at least one.
  mutating func allHaveExited() -> Bool {
    guard !running.isEmpty else { return false }
    running.removeAll { watched in
      var state = pollfd(fd: watched.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
      return poll(&state, 1, 0) > 0
    }
    return running.isEmpty
  }
}
