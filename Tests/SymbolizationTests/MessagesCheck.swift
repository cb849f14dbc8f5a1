// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

@testable import Symbolization

extension FuzzedReader {
  /// Whether the messages that are received of these bytes are more than were sent.
  static func isWrongMessages(_ bytes: [UInt8]) -> Bool {
    _ = DebugFileFetcher.Message(bytes)
    var ends: [CInt] = [-1, -1]
    guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return false }
    let sender = FileDescriptor(adopting: ends[0])
    let channel = WorkerChannel(
      socket: FileDescriptor(adopting: ends[1]), acceptsFiles: (bytes.first ?? 0) & 1 == 0)
    // The buffer of a socket takes as many.
    let sent = send(sender.rawValue, bytes, bytes.count, CInt(MSG_DONTWAIT))
    _ = consume sender
    var received = 0
    while let message = try? channel.receive(wait: { _, _ in true }) {
      received += 8 + message.content.count
      switch message.kind {
      case .names:
        if let names = try? ModuleNames(wire: message.content, count: 2), names.entries.count != 2 {
          return true
        }
      case .request: _ = try? WorkerTask(wire: message.content)
      case .opened, .open, .nothing: break
      }
    }
    return received > max(sent, 0)
  }
}
