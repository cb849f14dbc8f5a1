// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A path at which a file appears whole or not at all.
///
/// The bytes go into a temporary file in the same folder, which gets its name when all bytes are on
/// the disk. The folder is opened once: nothing is found by its path a second time.
package final class FileReplacement: Sendable {
  private let entry: FolderEntry
  private let path: String

  /// Creates a replacement of what is at a name, or will be there.
  ///
  /// - Parameter path: The path by which the entry was found.
  package init(_ entry: FolderEntry, path: String) {
    self.entry = entry
    self.path = path
  }

  /// Finds out whether a file can be made in the folder now.
  ///
  /// - Throws: The system call that failed.
  package func check() throws(OutputPathError) {
    do throws(SystemError) {
      // A working directory that was deleted still lets nameless files be made.
      guard try entry.folder.status().st_nlink > 0 else {
        throw SystemError(operation: "open", code: ENOENT)
      }
      _ = try TemporaryFile(inFolder: entry.folder.rawValue)
    } catch {
      throw at(.system(error))
    }
  }

  /// Writes the file, and then gives it its name. Only its owner may read and write it. If the name
  /// is that of a symbolic link, the link itself is replaced, not its target.
  ///
  /// - Parameters:
  ///   - owner: The new file's owner; nil leaves it to the user of this process.
  ///   - wrap: Makes the caller's error of one of a system call.
  ///   - body: Writes all bytes to a descriptor.
  /// - Throws: Errors of `body` and `wrap`. What was at the path is then unchanged.
  package func write<Failure: Error>(
    owner: Invoker.Owner?, failing wrap: (OutputPathError) -> Failure,
    _ body: (CInt) throws(Failure) -> Void
  ) throws(Failure) {
    let file: TemporaryFile
    do throws(SystemError) {
      file = try TemporaryFile(inFolder: entry.folder.rawValue)
    } catch {
      throw wrap(at(.system(error)))
    }
    try body(file.descriptor)
    do throws(OutputPathError) {
      try file.appear(as: entry.name, owner: owner)
    } catch {
      throw wrap(at(error))
    }
  }

  /// The error with the whole path in place of a name.
  private func at(_ error: OutputPathError) -> OutputPathError {
    var cause = error.systemError
    cause.thing = path
    guard case .saved(let name, _) = error else { return .system(cause) }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return .saved(as: folder + name, cause)
  }
}

/// Writes a file so that it appears at `path` whole or not at all.
///
/// Only the owner can read and write the new file. If `path` is a symbolic link, the link itself is
/// replaced, not its target.
///
/// - Throws: The error of the system call that failed. What was at `path` is then unchanged.
package func replaceFile(at path: String, with bytes: [UInt8]) throws(OutputPathError) {
  let replacement = FileReplacement(try FolderEntry(path), path: path)
  try replacement.write(owner: nil, failing: { $0 }) { descriptor throws(OutputPathError) in
    do throws(SystemError) { try writeAll(bytes, to: descriptor) } catch { throw .system(error) }
  }
}

/// Writes all bytes to an open file by write(2). Where the descriptor is set not to block, which any
/// process that shares it can do, it waits until more can be written.
///
/// - Throws: The error of write(2).
package func writeAll(_ bytes: [UInt8], to descriptor: CInt) throws(SystemError) {
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes { buffer in
      // Safe: only the part that is not written yet is passed.
      retryingWhenInterrupted {
        write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
      }
    }
    if count > 0 {
      done += count
    } else if count < 0, errno == EAGAIN {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = poll(&waiting, 1, -1)
    } else {
      throw .last("write")
    }
  }
}
