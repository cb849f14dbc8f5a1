// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// Standard input as batches of lines.
enum StandardInput {
  /// The lines that are available, at least one; nil at the end of input. A caller that sends one
  /// line and waits for the answer gets a batch of one; a long list becomes one batch.
  static func availableLines() -> [[UInt8]]? {
    var bytes: [UInt8] = []
    var isAtEnd = false
    while true {
      let count = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: pieceSize))
      let read = bytes.withUnsafeMutableBytes { all in
        let free = UnsafeMutableRawBufferPointer(rebasing: all[count...])
        // Safe: read(2) gets the size of the free part.
        return retryingWhenInterrupted { Glibc.read(STDIN_FILENO, free.baseAddress, free.count) }
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

  /// Whether more input comes within 2 ms, which a writer that fills a pipe may need between
  /// pieces.
  private static func moreIsComing() -> Bool {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    return retryingWhenInterrupted { poll(&input, 1, 2) } > 0
  }

  private static let pieceSize = 64 << 10
  private static let mostBytes = 16 << 20
}
