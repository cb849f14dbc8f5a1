// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// An input, read a piece at a time.
struct InputFile: ~Copyable {
  private let file: FileDescriptor
  private let path: String
  /// What was read ahead to tell the format.
  private var ahead: [UInt8] = []

  /// Of what a core's own cache holds.
  private static let pieceSize = 1 << 18
  /// Enough to tell the format by.
  private static let beginningSize = 1 << 16

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

  /// Without its folder.
  static func shownName(of path: String) -> String {
    path == "-" ? "standard input" : path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The beginning, which stays to be read: as much as tells the format, or all there is.
  mutating func beginning() throws(Failure) -> [UInt8] {
    while ahead.count < Self.beginningSize {
      let piece = try read()
      if piece.isEmpty { break }
      ahead += piece
    }
    return ahead
  }

  /// Bytes, 0 where that is not known beforehand.
  var size: Int {
    guard let status = try? file.status(), status.st_mode & S_IFMT == S_IFREG else { return 0 }
    return Int(status.st_size)
  }

  /// The next bytes; empty at the end.
  mutating func next() throws(Failure) -> [UInt8] {
    if !ahead.isEmpty {
      let piece = ahead
      ahead = []
      return piece
    }
    return try read()
  }

  mutating func all() throws(Failure) -> [UInt8] {
    var bytes = try next()
    while true {
      let piece = try next()
      if piece.isEmpty { return bytes }
      bytes += piece
    }
  }

  private func read() throws(Failure) -> [UInt8] {
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, initialized in
      // Safe: read is told the buffer's room, and fills what it says.
      count = retryingWhenInterrupted {
        Glibc.read(file.rawValue, buffer.baseAddress, buffer.count)
      }
      initialized = max(0, count)
    }
    guard count >= 0 else { throw Words.unreadable(path, Words.reason(errno)) }
    return bytes
  }
}
