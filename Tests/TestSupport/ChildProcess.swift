// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A program that a test has started. It leads a process group, which is killed when this object is
/// freed.
///
/// Foundation's `Process` reports an exit only when all descendants have closed a descriptor, and
/// cannot start a process group.
package final class ChildProcess: Sendable {
  /// How a process ended: with an exit code, or by a signal.
  package enum Exit: Hashable, Sendable {
    case code(Int32)
    case signal(Int32)
  }

  /// A program that could not be started, with the reason of the C library.
  package struct CannotStart: Error {
    package var program: String
    package var reason: String
  }

  /// Its process id, which is also that of its process group.
  package let pid: pid_t
  private let exit = Mutex<Exit?>(nil)

  /// - Parameters:
  ///   - program: A path, or a name to be found in PATH.
  ///   - environment: Set in addition to what this process has.
  ///   - folder: Where to run, or here.
  ///   - input, output, messages: Files for stdin, stdout and stderr; /dev/null where not given.
  package init(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
    folder: String? = nil, input: String = "/dev/null", output: String = "/dev/null",
    messages: String = "/dev/null"
  ) throws {
    // posix_spawn_file_actions_addchdir_np is not visible in Swift: env changes the folder instead.
    let words =
      (folder.map { ["env", "--chdir=" + $0] } ?? []) + [program] + arguments
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, messages, O_WRONLY | O_CREAT | O_TRUNC, 0o600)

    // The child starts with default dispositions and an empty mask, whatever the test runner has.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      .map { "\($0.key)=\($0.value)" }
    var child = pid_t()
    let error = Self.withCStrings(words) { arguments in
      Self.withCStrings(variables) { variables in
        posix_spawnp(&child, words[0], &actions, &attributes, arguments, variables)
      }
    }
    guard error == 0 else {
      throw CannotStart(program: program, reason: String(cString: strerror(error)))
    }
    pid = child
  }

  deinit {
    if exitIfEnded() == nil {
      kill(-pid, SIGKILL)
      waitpid(pid, nil, 0)
    } else {
      kill(-pid, SIGKILL)
    }
  }

  /// How the process ended, or nil while it runs.
  package func exitIfEnded() -> Exit? {
    exit.withLock { exit in
      var status: Int32 = 0
      if exit == nil && waitpid(pid, &status, WNOHANG) == pid {
        exit = Self.exit(status)
      }
      return exit
    }
  }

  /// - Throws: `DeadlineMissed`, and then the process has been killed.
  @discardableResult
  package func waitForExit(within limit: Duration = .seconds(300)) async throws -> Exit {
    do {
      return try await eventually("process \(pid) ends", within: limit) { self.exitIfEnded() }
    } catch {
      kill(-pid, SIGKILL)
      throw error
    }
  }

  /// Waits without a limit, in this thread.
  package func waitBlocking() -> Exit {
    exit.withLock { exit in
      var status: Int32 = 0
      if exit == nil {
        while waitpid(pid, &status, 0) != pid {}
        exit = Self.exit(status)
      }
      return exit ?? .code(0)
    }
  }

  private static func exit(_ status: Int32) -> Exit {
    status & 0x7f == 0 ? .code(status >> 8 & 0xff) : .signal(status & 0x7f)
  }

  /// Sends a signal to it, unless it has ended.
  package func send(_ signal: Int32) {
    if exitIfEnded() == nil { kill(pid, signal) }
  }

  /// Sends a signal to its process group, unless it has ended.
  package func sendToGroup(_ signal: Int32) {
    if exitIfEnded() == nil { kill(-pid, signal) }
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
  }
}
