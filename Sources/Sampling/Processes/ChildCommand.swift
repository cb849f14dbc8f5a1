// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// A program that the sampler starts as a child process. The child waits before its exec until
/// sampling begins.
package final class ChildCommand {
  /// The process id of the command. It may belong to another process once the command was reaped.
  package let pid: Int32
  /// The first argument, as text.
  let name: String
  /// The first argument, as a C string.
  private let file: [CChar]
  private var releasePipe: FileDescriptor?
  private let outcomePipe: FileDescriptor
  private let exit: FileDescriptor
  private var waitStatus: CInt?

  /// - Parameters:
  ///   - signalMask: the command's signal mask; that of this process blocks the stop signals.
  ///   - openFiles: the command's limit of open files; that of this process was raised.
  init(
    _ arguments: [[CChar]], signalMask: sigset_t, openFiles: rlimit
  ) throws(SamplingError) {
    var pointers = arguments.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    var mask = signalMask
    var files = openFiles
    var child = fb_held_child()
    guard fb_spawn_held(pointers, &mask, &files, &child) == 0 else {
      throw .system(.last("start the command", Self.name(arguments)))
    }
    pid = child.pid
    name = Self.name(arguments)
    file = arguments.first ?? [0]
    releasePipe = FileDescriptor(adopting: child.release)
    outcomePipe = FileDescriptor(adopting: child.outcome)
    // Cannot fail for a child that was not reaped, except for lack of descriptors. The descriptor
    // is negative then, and the sampler polls for the end once a second.
    exit = FileDescriptor(adopting: fb_pidfd_open(child.pid))
  }

  /// The first argument, as text.
  static func name(_ arguments: [[CChar]]) -> String {
    String(decoding: (arguments.first ?? []).dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Readable once the command has ended.
  var exitDescriptor: CInt { exit.rawValue }

  deinit {
    // A child that was never released reads the end of its pipe and exits.
    if releasePipe != nil {
      releasePipe = nil
      reap(within: 1000)
    }
  }

  /// Lets the child call exec, and returns when it has. A program on a file system that does not
  /// answer is not awaited for more than ten seconds: it counts as started.
  func release() throws(SamplingError) {
    guard let pipe = releasePipe.take() else { return }
    var byte: UInt8 = 1
    _ = retryingWhenInterrupted { write(pipe.rawValue, &byte, 1) }
    var answer = pollfd(fd: outcomePipe.rawValue, events: Int16(POLLIN), revents: 0)
    guard retryingWhenInterrupted({ poll(&answer, 1, 10_000) }) > 0 else { return }
    var code: CInt = 0
    let count = retryingWhenInterrupted {
      read(outcomePipe.rawValue, &code, MemoryLayout<CInt>.size)
    }
    guard count == 0 else {
      reap(within: 1000)
      // The file exists, but not the interpreter or loader that it names.
      if code == ENOENT, name.contains("/"), access(file, F_OK) == 0 {
        throw .interpreterMissing(command: name)
      }
      throw .commandNotExecuted(command: name, code: code)
    }
  }

  /// The wait status (wait(2)); nil if the command runs.
  ///
  /// - Parameter milliseconds: How long to wait for its end.
  @discardableResult
  func reap(within milliseconds: UInt64 = 0) -> CInt? {
    waitStatus = waitStatus ?? childEnd(of: pid, within: milliseconds)?.status
    return waitStatus
  }

  /// Ends the command by SIGTERM, or by SIGKILL if it still runs five seconds later, and reaps it.
  /// One that even then waits for a file system is left behind after a second. Does nothing if it has
  /// ended already.
  package func end() {
    guard reap() == nil else { return }
    kill(pid, SIGTERM)
    var waiting = pollfd(fd: exit.rawValue, events: Int16(POLLIN), revents: 0)
    _ = poll(&waiting, 1, 5000)
    if reap() == nil { kill(pid, SIGKILL) }
    reap(within: 1000)
  }
}
