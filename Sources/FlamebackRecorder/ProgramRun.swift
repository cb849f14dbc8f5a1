// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import System

/// A run of a program whose standard output and standard error go to pipes.
struct ProgramRun: ~Copyable {
  /// What a program wrote, and how it ended.
  struct Output {
    /// Standard output.
    var profile: [UInt8]
    /// The end of standard error, as text.
    var message: String
    /// Exit status; 128 plus the signal's number where a signal ended it.
    var status: Int32
    /// Whether it was ended because it wrote more than the limit.
    var isTooLarge: Bool
  }

  private let pid: pid_t
  private let output: FileDescriptor
  private let errors: FileDescriptor

  private static let mostMessageBytes = 1 << 14

  /// Starts a program. Its standard input is /dev/null.
  ///
  /// - Parameter path: Absolute.
  init(_ path: String, _ arguments: [String]) throws(RecordingError) {
    let outputs = try Self.pipe()
    let errors = try Self.pipe()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, outputs.writer.rawValue, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.writer.rawValue, 2)
    var words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var pid = pid_t()
    let code = posix_spawn(&pid, path, &actions, nil, &words, environ)
    guard code == 0 else {
      throw RecordingError(
        .programFailed, "cannot start \(path): \(String(cString: strerror(code)))")
    }
    self.pid = pid
    output = outputs.closingWriter()
    self.errors = errors.closingWriter()
  }

  /// Reads all that the program writes, and waits for its end. A program that writes more than
  /// `limit` bytes is ended.
  consuming func finish(limit: Int) -> Output {
    var profile: [UInt8] = []
    var message: [UInt8] = []
    var open = (output: true, errors: true)
    while open.output || open.errors {
      var waited = [
        pollfd(fd: open.output ? output.rawValue : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: open.errors ? errors.rawValue : -1, events: Int16(POLLIN), revents: 0),
      ]
      guard retryingWhenInterrupted({ poll(&waited, 2, -1) }) > 0 else { break }
      if waited[0].revents != 0 { open.output = Self.read(output, into: &profile) }
      if waited[1].revents != 0 { open.errors = Self.read(errors, into: &message) }
      if message.count > Self.mostMessageBytes {
        message.removeFirst(message.count - Self.mostMessageBytes)
      }
      if profile.count > limit {
        kill(pid, SIGKILL)
        break
      }
    }
    return Output(
      profile: profile, message: String(decoding: message, as: UTF8.self), status: wait(),
      isTooLarge: profile.count > limit)
  }

  private func wait() -> Int32 {
    var status: CInt = 0
    _ = retryingWhenInterrupted { waitpid(pid, &status, 0) }
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : 128 + signal
  }

  /// Appends what can be read now. False at the end.
  private static func read(
    _ file: borrowing FileDescriptor, into bytes: inout [UInt8]
  ) -> Bool {
    let descriptor = file.rawValue
    let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
      // Safe: read(2) gets the buffer's size.
      filled = max(
        0, retryingWhenInterrupted { Glibc.read(descriptor, buffer.baseAddress, buffer.count) })
    }
    bytes += piece
    return !piece.isEmpty
  }

  private static func pipe() throws(RecordingError) -> PrivatePipe {
    do throws(SystemError) {
      return try PrivatePipe()
    } catch {
      throw RecordingError(
        .programFailed, "\(error.operation): \(String(cString: strerror(error.code)))")
    }
  }
}
