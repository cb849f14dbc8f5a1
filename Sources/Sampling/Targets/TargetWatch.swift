// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// The named processes and threads, each held by a pidfd, which becomes readable at its exit and,
/// unlike an id, is never reused.
struct TargetWatch: ~Copyable {
  private var running: [Watched] = []
  /// Ids of the named processes; if only threads were named, of the processes that they belong to.
  let processes: [Int32]

  private final class Watched {
    let descriptor: FileDescriptor
    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
  }

  /// Opens the descriptors. Throws if a process or thread does not exist, or is a zombie.
  init(_ pids: [Int32], threads: [Int32]) throws(SamplingError) {
    var leaders: [Int32] = []
    for thread in threads {
      guard let leader = ProcFile.field("Tgid", of: "/proc/\(thread)/status").flatMap({ Int32($0) })
      else { throw .noSuchThread(thread) }
      // A main thread that has ended keeps its id as long as others go on.
      guard ProcessStatus(thread: thread, of: leader)?.threadHasEnded == false else {
        throw .noSuchThread(thread)
      }
      if !leaders.contains(leader) { leaders.append(leader) }
      running.append(try Self.watch(thread: thread, of: leader))
    }
    for pid in pids { running.append(try Self.watch(pid)) }
    processes = pids.isEmpty ? leaders : pids
  }

  private static func watch(_ pid: Int32) throws(SamplingError) -> Watched {
    let raw = fb_pidfd_open(pid)
    guard raw >= 0 else {
      // EINVAL, and ENOENT on newer kernels: the id of a thread that is not its process's main thread.
      if [ESRCH, EINVAL, ENOENT].contains(errno) { throw .noSuchProcess(pid) }
      throw .system(.last("pidfd_open", "\(pid)"))
    }
    let descriptor = FileDescriptor(adopting: raw)
    guard let status = ProcessStatus(pid: pid) else { throw .noSuchProcess(pid) }
    if status.isZombie { throw .zombie(pid) }
    return Watched(descriptor)
  }

  private static func watch(thread: Int32, of leader: Int32) throws(SamplingError) -> Watched {
    // Before Linux 6.9 there are descriptors of processes only.
    var raw = fb_pidfd_open_thread(thread)
    if raw < 0, errno == EINVAL { raw = fb_pidfd_open(leader) }
    guard raw >= 0 else {
      if errno == ESRCH { throw .noSuchThread(thread) }
      throw .system(.last("pidfd_open", "\(thread)"))
    }
    return Watched(FileDescriptor(adopting: raw))
  }

  /// Descriptors that become readable when something has exited.
  var descriptors: [CInt] { running.map { $0.descriptor.rawValue } }

  /// Removes those that have exited. Returns true if none is left of at least one.
  mutating func removeExited() -> Bool {
    guard !running.isEmpty else { return false }
    running.removeAll { watched in
      var state = pollfd(fd: watched.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
      return poll(&state, 1, 0) > 0
    }
    return running.isEmpty
  }
}
