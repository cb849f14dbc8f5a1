// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// Our own program once more, as a child that has another task: it knows by its name which.
struct OwnProgram: ~Copyable {
  let pid: pid_t
  /// Our end of what connects us.
  let socket: FileDescriptor

  /// The child's end of it.
  static let descriptor: CInt = 3

  /// Nil where it cannot be started. Its standard streams are /dev/null.
  ///
  /// - Parameter environment: `NAME=VALUE`, and nothing else of ours.
  init?(as name: String, _ arguments: [String] = [], environment: [String]) {
    var ends: [CInt] = [-1, -1]
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    let ours = FileDescriptor(adopting: ends[0])
    let theirs = FileDescriptor(adopting: ends[1])
    // A parser that traps shall end at once, not be looked into.
    let environment = environment + ["SWIFT_BACKTRACE=enable=no"]
    guard let pid = Self.spawn([name] + arguments, environment, theirs) else { return nil }
    self.pid = pid
    socket = ours
  }

  private static func spawn(
    _ words: [String], _ environment: [String], _ end: borrowing FileDescriptor
  ) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The socket first: it may be one of those that come next.
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
