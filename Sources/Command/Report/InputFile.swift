// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// An open input file or standard input, read in pieces.
struct InputFile: ~Copyable {
  private let file: FileDescriptor
  private let path: String
  /// Bytes for each read: about what the level-2 cache of a core holds.
  private static let pieceSize = 1 << 18

  /// Opens an input.
  ///
  /// - Parameter path: `-` is standard input.
  init(_ path: String) throws(Failure) {
    self.path = path
    if path == "-" {
      let copy = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
      guard copy >= 0 else { throw Words.unreadable("standard input", Words.reason(errno)) }
      file = FileDescriptor(adopting: copy)
      return
    }
    do throws(SystemError) {
      file = try FileDescriptor(opening: path, O_RDONLY | O_NOCTTY)
    } catch {
      throw Words.unreadable(path, Words.reason(error.code))
    }
  }

  /// The last component of a path, for titles.
  static func shownName(of path: String) -> String {
    path == "-" ? "standard input" : path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The size in bytes; 0 for a pipe or device.
  var size: Int {
    guard let status = try? file.status(), status.st_mode & S_IFMT == S_IFREG else { return 0 }
    return Int(status.st_size)
  }

  /// The next bytes; empty at the end.
  func next() throws(Failure) -> [UInt8] {
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, initialized in
      // Safe: read(2) gets the buffer's size, and returns how many bytes it filled.
      count = retryingWhenInterrupted {
        Glibc.read(file.rawValue, buffer.baseAddress, buffer.count)
      }
      initialized = max(0, count)
    }
    guard count >= 0 else { throw Words.unreadable(path, Words.reason(errno)) }
    return bytes
  }
}
