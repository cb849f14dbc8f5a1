// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// The program that we start: held before its exec until everything is ready, and reaped by us.
public final class ChildCommand {
  public let pid: Int32
  let name: String
  /// As it was given.
  private let file: [CChar]
  private var releasePipe: FileDescriptor?
  private let outcomePipe: FileDescriptor
  private let exit: FileDescriptor
  private var waitStatus: CInt?

  /// - Parameters:
  ///   - signalMask: what the command shall start with; ours blocks the stop signals.
  ///   - openFiles: likewise its limit of open files, which we have raised.
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
    // Cannot fail for a child that nobody has reaped, but for a lack of descriptors: then the end
    // is noticed when something else wakes us up.
    exit = FileDescriptor(adopting: fb_pidfd_open(child.pid))
  }

  /// The first word, as it can be shown.
  static func name(_ arguments: [[CChar]]) -> String {
    String(decoding: (arguments.first ?? []).dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Readable once the command has ended.
  var exitDescriptor: CInt { exit.rawValue }

  deinit {
    // A child that was never released reads the end of its pipe and exits.
    if releasePipe != nil {
      releasePipe = nil
      _ = reap(waiting: true)
    }
  }

  /// Lets it exec, and returns when it has.
  func release() throws(SamplingError) {
    guard let pipe = releasePipe.take() else { return }
    var byte: UInt8 = 1
    _ = retryingWhenInterrupted { write(pipe.rawValue, &byte, 1) }
    var code: CInt = 0
    let count = retryingWhenInterrupted {
      read(outcomePipe.rawValue, &code, MemoryLayout<CInt>.size)
    }
    guard count == 0 else {
      _ = reap(waiting: true)
      // The file is there, and what it says that it is to be run by is not.
      if code == ENOENT, name.contains("/"), access(file, F_OK) == 0 {
        throw .interpreterMissing(command: name)
      }
      throw .commandNotExecuted(command: name, code: code)
    }
  }

  /// The wait status, if it has ended (or once it ends, if `waiting`).
  @discardableResult
  public func reap(waiting: Bool = false) -> CInt? {
    if let waitStatus { return waitStatus }
    var status: CInt = 0
    let result = retryingWhenInterrupted { waitpid(pid, &status, waiting ? 0 : WNOHANG) }
    if result == pid { waitStatus = status }
    return waitStatus
  }

  /// Ends it: SIGTERM, and SIGKILL if it is still there after five seconds.
  public func end() {
    guard reap() == nil else { return }
    kill(pid, SIGTERM)
    var waiting = pollfd(fd: exit.rawValue, events: Int16(POLLIN), revents: 0)
    _ = poll(&waiting, 1, 5000)
    if reap() == nil { kill(pid, SIGKILL) }
    reap(waiting: true)
  }
}
