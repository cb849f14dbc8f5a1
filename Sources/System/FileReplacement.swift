// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Writes a file so that it appears at `path` whole or not at all. The bytes go into a temporary
/// file in the same folder, which is renamed to `path` when all bytes are on the disk.
///
/// Only the owner can read and write the new file. If `path` is a symbolic link, the link itself is
/// replaced, not its target.
///
/// - Throws: The error of the system call that failed. What was at `path` is then unchanged.
package func replaceFile(at path: String, with bytes: [UInt8]) throws(SystemError) {
  let slash = path.lastIndex(of: "/")
  let folder = slash.map { String(path[...$0]) } ?? ""
  let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
  let temporary = "\(folder).\(name).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
  let raw = retryingWhenInterrupted {
    open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
  }
  guard raw >= 0 else { throw .last("open", path) }
  let file = FileDescriptor(adopting: raw)
  do throws(SystemError) {
    try writeAll(bytes, to: file)
    guard fsync(file.rawValue) == 0 else { throw .last("fsync", path) }
    guard rename(temporary, path) == 0 else { throw .last("rename", path) }
  } catch {
    unlink(temporary)
    throw error
  }
}

/// Writes all bytes to an open file, by write(2).
private func writeAll(
  _ bytes: [UInt8], to file: borrowing FileDescriptor
) throws(SystemError) {
  let descriptor = file.rawValue
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes { buffer in
      // Safe: only the part that is not written yet is passed.
      retryingWhenInterrupted {
        write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
      }
    }
    guard count > 0 else { throw .last("write") }
    done += count
  }
}
