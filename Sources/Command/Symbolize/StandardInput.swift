// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles

/// Lines of standard input, many at a time.
enum StandardInput {
  /// Waits for at least one line, and takes all that are on their way: those who ask one by one get
  /// an answer each, and a long list is one batch. Nil at the end.
  static func availableLines() -> [[UInt8]]? {
    var bytes: [UInt8] = []
    var isAtEnd = false
    while true {
      let count = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: pieceSize))
      let read = bytes.withUnsafeMutableBytes { all in
        let room = UnsafeMutableRawBufferPointer(rebasing: all[count...])
        // read is given the room's true size.
        return retryingWhenInterrupted { Glibc.read(STDIN_FILENO, room.baseAddress, room.count) }
      }
      bytes.removeLast(pieceSize - max(read, 0))
      isAtEnd = read <= 0
      if isAtEnd || bytes.count > mostBytes { break }
      if bytes.last == UInt8(ascii: "\n"), !moreIsComing() { break }
    }
    guard !bytes.isEmpty || !isAtEnd else { return nil }
    return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast(bytes.last == UInt8(ascii: "\n") ? 1 : 0).map(Array.init)
  }

  /// A writer that fills a pipe needs a moment to go on.
  private static func moreIsComing() -> Bool {
    var waited = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    return retryingWhenInterrupted { poll(&waited, 1, 2) } > 0
  }

  private static let pieceSize = 64 << 10
  private static let mostBytes = 16 << 20
}
