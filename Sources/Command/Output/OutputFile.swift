// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles

/// Writes a file so that it appears whole or not at all.
///
/// The bytes go into a file without a name in the target's folder (O_TMPFILE), which vanishes with
/// us however we end; only when all is on the disk does it get a name, and that one is moved over
/// the target. Where the file system cannot do that, the file has a temporary name from the start.
enum OutputFile {
  /// - Parameter path: `-` and `/dev/stdout` are standard output; an existing FIFO or device is
  ///   written straight; a symbolic link is replaced, never followed.
  static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
    if isStandardOutput(path) { return try writeAll(bytes, to: STDOUT_FILENO, path) }
    guard try stays(path) else { return try replace(path, with: bytes) }
    let device = try FileDescriptor(opening: path, O_WRONLY | O_NOCTTY)
    try writeAll(bytes, to: device.rawValue, path)
  }

  /// What can be known to fail before anything was measured.
  static func check(_ path: String) throws(SystemError) {
    if isStandardOutput(path) { return }
    if try stays(path) { return }
    let folder = folder(of: path)
    guard access(folder, W_OK | X_OK) == 0 else { throw .last("write", path) }
    // The working directory can be, and yet be gone.
    var status = stat()
    guard stat(folder, &status) == 0, status.st_nlink > 0 else {
      throw SystemError(operation: "write", thing: path, code: ENOENT)
    }
  }

  static func isStandardOutput(_ path: String) -> Bool { path == "-" || path == "/dev/stdout" }

  /// Whether what is there is no file to be replaced: a FIFO, or a device.
  private static func stays(_ path: String) throws(SystemError) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return false }
    switch status.st_mode & S_IFMT {
    case S_IFIFO, S_IFCHR: return true
    case S_IFDIR: throw SystemError(operation: "write", thing: path, code: EISDIR)
    default: return false
    }
  }

  private static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
    // Beside the target: a rename does not cross file systems.
    let temporary = "\(folder(of: path))/.flameback-\(getpid())-\(name(of: path)).tmp"
    try TemporaryFiles.with(temporary) { () throws(SystemError) in
      do throws(SystemError) {
        try fill(temporary, with: bytes, for: path)
        guard rename(temporary, path) == 0 else { throw .last("rename", path) }
      } catch {
        unlink(temporary)
        throw error
      }
    }
  }

  /// Makes the file `temporary`, complete and on the disk.
  private static func fill(
    _ temporary: String, with bytes: [UInt8], for path: String
  ) throws(SystemError) {
    var raw = open(folder(of: path), O_WRONLY | O_CLOEXEC | CInt(FB_O_TMPFILE), 0o600)
    let isNameless = raw >= 0
    if !isNameless {
      raw = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }
    guard raw >= 0 else { throw .last("create", path) }
    let file = FileDescriptor(adopting: raw)
    try writeAll(bytes, to: raw, path)
    try giveToInvoker(file, path)
    guard fsync(raw) == 0 else { throw .last("fsync", path) }
    if isNameless {
      guard linkat(AT_FDCWD, "/proc/self/fd/\(raw)", AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0
      else { throw .last("link", path) }
    }
  }

  /// Under sudo the file belongs to whoever called it.
  private static func giveToInvoker(
    _ file: borrowing FileDescriptor, _ path: String
  ) throws(SystemError) {
    guard geteuid() == 0, let user = number("SUDO_UID"), let group = number("SUDO_GID") else {
      return
    }
    guard fchown(file.rawValue, user, group) == 0 else { throw .last("chown", path) }
  }

  private static func number(_ variable: String) -> UInt32? {
    getenv(variable).flatMap { UInt32(String(cString: $0)) }
  }

  private static func writeAll(
    _ bytes: [UInt8], to descriptor: CInt, _ path: String
  ) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        // Safe: only the part that is not yet written is named.
        retryingWhenInterrupted {
          Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        }
      }
      guard count > 0 else { throw .last("write", path) }
      done += count
    }
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? "output"
  }
}
