// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// Writes a file so that it appears whole or not at all.
///
/// The bytes go into a file without a name in the target's folder (O_TMPFILE), which the kernel
/// removes if this process ends. Only when all bytes are on the disk does the file get a temporary
/// name, and is renamed to the target. On file systems without O_TMPFILE it has the temporary name
/// from the start.
enum OutputFile {
  /// Writes an output, in the pieces that `body` writes to a stream.
  ///
  /// - Parameter path: `-` and `/dev/stdout` are standard output. An existing FIFO or device is
  ///   written directly. A symbolic link is replaced, never followed.
  /// - Returns: The number of bytes.
  @discardableResult
  static func write(
    to path: String, _ body: (inout OutputStream) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    if isStandardOutput(path) { return try stream(to: STDOUT_FILENO, path, body) }
    guard try isWrittenDirectly(path) else { return try replace(path, body) }
    let device: FileDescriptor
    do throws(SystemError) {
      device = try FileDescriptor(opening: path, O_WRONLY | O_NOCTTY)
    } catch {
      throw Words.outputFailure(error)
    }
    return try stream(to: device.rawValue, path, body)
  }

  /// Finds errors that can be known before anything is sampled.
  static func check(_ path: String) throws(Failure) {
    if isStandardOutput(path) { return }
    if try isWrittenDirectly(path) { return }
    let folder = folder(of: path)
    guard access(folder, W_OK | X_OK) == 0 else { throw failure("write", path) }
    // A working directory that was deleted still passes access(2).
    var status = stat()
    guard stat(folder, &status) == 0, status.st_nlink > 0 else {
      throw failure("write", path, code: ENOENT)
    }
  }

  /// Whether the path means standard output.
  static func isStandardOutput(_ path: String) -> Bool { path == "-" || path == "/dev/stdout" }

  /// Whether the path is a FIFO or a character device.
  private static func isWrittenDirectly(_ path: String) throws(Failure) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return false }
    switch status.st_mode & S_IFMT {
    case S_IFIFO, S_IFCHR: return true
    case S_IFDIR: throw failure("write", path, code: EISDIR)
    default: return false
    }
  }

  private static func stream(
    to descriptor: CInt, _ path: String, _ body: (inout OutputStream) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    var stream = OutputStream(descriptor, path: path)
    try body(&stream)
    if let error = stream.error { throw Words.outputFailure(error) }
    return stream.count
  }

  private static func replace(
    _ path: String, _ body: (inout OutputStream) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    // In the target's folder, since rename(2) does not work across file systems.
    let temporary = "\(folder(of: path))/.flameback-\(getpid())-\(name(of: path)).tmp"
    return try TemporaryFiles.with(temporary) { () throws(Failure) in
      do throws(Failure) {
        let count = try fill(temporary, for: path, body)
        guard rename(temporary, path) == 0 else { throw failure("rename", path) }
        return count
      } catch {
        unlink(temporary)
        throw error
      }
    }
  }

  /// Makes the file `temporary`, complete and on the disk.
  private static func fill(
    _ temporary: String, for path: String,
    _ body: (inout OutputStream) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    var raw = open(folder(of: path), O_WRONLY | O_CLOEXEC | CInt(FB_O_TMPFILE), 0o600)
    let isNameless = raw >= 0
    if !isNameless {
      raw = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }
    guard raw >= 0 else { throw failure("create", path) }
    let file = FileDescriptor(adopting: raw)
    let count = try stream(to: raw, path, body)
    try giveToInvoker(file, path)
    guard fsync(raw) == 0 else { throw failure("fsync", path) }
    if isNameless {
      guard linkat(AT_FDCWD, "/proc/self/fd/\(raw)", AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0
      else { throw failure("link", path) }
    }
    return count
  }

  /// Makes the invoking user the owner, under sudo.
  private static func giveToInvoker(
    _ file: borrowing FileDescriptor, _ path: String
  ) throws(Failure) {
    guard geteuid() == 0, let user = id("SUDO_UID"), let group = id("SUDO_GID") else { return }
    guard fchown(file.rawValue, user, group) == 0 else { throw failure("chown", path) }
  }

  private static func id(_ variable: String) -> UInt32? {
    getenv(variable).flatMap { UInt32(String(cString: $0)) }
  }

  private static func failure(
    _ operation: StaticString, _ path: String, code: CInt = errno
  ) -> Failure {
    Words.outputFailure(SystemError(operation: "\(operation)", thing: path, code: code))
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? "output"
  }
}
