// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles

/// Messages between us and a worker, over a stream socket: four bytes of kind, four of length, the
/// content. An open file may go with one.
struct WorkerChannel: ~Copyable {
  enum Kind: UInt32 {
    /// To the worker: a `ModuleRequest`, with its file.
    case request = 1
    /// To the worker: the file that it has asked for, or none.
    case opened
    /// From the worker: the path of a file that it needs.
    case open
    /// From the worker: `ModuleNames`.
    case names
    /// From the worker: it is no file of that kind.
    case nothing
  }

  struct Message: ~Copyable {
    var kind: Kind
    var content: [UInt8]
    var file: FileDescriptor?
  }

  /// The other side is gone, talks nonsense, or has made us wait for too long.
  struct Broken: Error {}

  /// Returns once the socket is ready for these poll(2) events; false to give up.
  typealias Wait = (_ socket: borrowing FileDescriptor, _ events: Int16) -> Bool

  let socket: FileDescriptor
  /// Whether open files are taken from the other side.
  let takesFiles: Bool
  private static let mostBytes: UInt32 = 1 << 30

  func send(
    _ kind: Kind, _ content: [UInt8] = [], file: CInt = -1, wait: Wait
  ) throws(Broken) {
    var message = WireWriter()
    message.append(kind.rawValue)
    message.append(UInt32(clamping: content.count))
    message.append(content)
    var sent = 0
    while sent < message.bytes.count {
      guard wait(socket, Int16(POLLOUT)) else { throw Broken() }
      let count = message.bytes.withUnsafeBytes { bytes in
        // The rest of the message, by its true size.
        retryingWhenInterrupted {
          fb_send(
            socket.rawValue, bytes.baseAddress.map { $0 + sent }, bytes.count - sent,
            sent == 0 ? file : -1)
        }
      }
      guard count > 0 || errno == EAGAIN else { throw Broken() }
      sent += max(count, 0)
    }
  }

  func receive(wait: Wait) throws(Broken) -> Message {
    var passed: CInt = -1
    let header = WireReader(
      try takesFiles ? receive(8, wait, passed: &passed) : receive(8, wait))
    let file = passed < 0 ? nil : FileDescriptor(adopting: passed)
    guard let number = header.load(UInt32.self, at: 0), let kind = Kind(rawValue: number),
      let length = header.load(UInt32.self, at: 4), length <= Self.mostBytes
    else { throw Broken() }
    return Message(kind: kind, content: try receive(Int(length), wait), file: file)
  }

  /// Memory grows with what has come, not with what was announced. Open files are dropped by the kernel
  /// unless `passed` makes room for one; they go with a message's first bytes.
  private func receive(
    _ count: Int, _ wait: Wait, passed: UnsafeMutablePointer<CInt>? = nil
  ) throws(Broken) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      guard wait(socket, Int16(POLLIN)) else { throw Broken() }
      let start = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: min(count - start, Self.pieceSize)))
      let received = bytes.withUnsafeMutableBytes { room in
        // The part that was just added, by its true size.
        retryingWhenInterrupted {
          fb_receive(
            socket.rawValue, room.baseAddress.map { $0 + start }, room.count - start,
            passed)
        }
      }
      guard received > 0 || (received < 0 && errno == EAGAIN) else { throw Broken() }
      bytes.removeLast(bytes.count - start - max(received, 0))
    }
    return bytes
  }

  private static let pieceSize = 1 << 20
}
