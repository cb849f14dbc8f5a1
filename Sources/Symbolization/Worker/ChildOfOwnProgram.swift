// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// A child process that runs our own program for another task, which its `argv[0]` names.
///
/// Only for programs that handle these names first thing; see `WorkerService.runIfStartedAsWorker`.
struct ChildOfOwnProgram: ~Copyable {
  let pid: pid_t
  /// Our end of a stream socket to the child.
  let socket: FileDescriptor

  /// The child's end of the socket.
  static let descriptor: CInt = 3

  private init(pid: pid_t, socket: consuming FileDescriptor) {
    self.pid = pid
    self.socket = socket
  }

  /// Starts `/proc/self/exe` with its standard streams on /dev/null. Nil where that fails.
  ///
  /// - Parameters:
  ///   - name: the child's `argv[0]`.
  ///   - environment: `NAME=VALUE`; nothing of our own environment is passed on.
  static func start(
    as name: String, _ arguments: [String] = [], environment: [String]
  ) -> ChildOfOwnProgram? {
    var ends: [CInt] = [-1, -1]
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    let ours = FileDescriptor(adopting: ends[0])
    let theirs = FileDescriptor(adopting: ends[1])
    // A parser that traps must end at once, without Swift's backtrace.
    let environment = environment + ["SWIFT_BACKTRACE=enable=no"]
    guard let pid = spawn([name] + arguments, environment, theirs) else { return nil }
    return ChildOfOwnProgram(pid: pid, socket: ours)
  }

  private static func spawn(
    _ words: [String], _ environment: [String], _ end: borrowing FileDescriptor
  ) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The socket first: its number may be one of those that are opened next.
    posix_spawn_file_actions_adddup2(&actions, end.rawValue, descriptor)
    for (stream, access) in [(0, O_RDONLY), (1, O_WRONLY), (2, O_WRONLY)] {
      posix_spawn_file_actions_addopen(&actions, CInt(stream), "/dev/null", access, 0)
    }
    var arguments = words.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var pid = pid_t()
    guard posix_spawn(&pid, "/proc/self/exe", &actions, nil, &arguments, &variables) == 0 else {
      return nil
    }
    return pid
  }
}
