// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// One end of a stream socket between a worker and its parent. A message is four bytes of kind, four of
/// length, and the content; an open file may accompany it.
struct WorkerChannel: ~Copyable {
  enum Kind: UInt32 {
    /// To the worker: a `ModuleRequest`, with its file.
    case request = 1
    /// To the worker: the file that it asked for, or none.
    case opened
    /// From the worker: a `CompanionRequest`, for a file to open for it.
    case open
    /// From the worker: `ModuleNames`.
    case names
    /// From the worker: the file is not of the kind that the request expects.
    case nothing
  }

  struct Message: ~Copyable {
    var kind: Kind
    var content: [UInt8]
    var file: FileDescriptor?
  }

  /// The other side has closed its end, sent a malformed message, or the wait was given up.
  struct Broken: Error {}

  /// Waits until the socket is ready for these poll(2) events; false to give up.
  typealias Wait = (_ socket: borrowing FileDescriptor, _ events: Int16) -> Bool

  let socket: FileDescriptor
  /// Whether open files from the other side are accepted.
  let acceptsFiles: Bool
  /// The longest content of a message.
  private static let mostBytes: UInt32 = 1 << 30

  /// - Parameter file: a descriptor to send along; -1 for none.
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
        // Safe: the pointer and the count describe the rest of the message.
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

  /// The next message.
  func receive(wait: Wait) throws(Broken) -> Message {
    var passed: CInt = -1
    let header = WireReader(
      try acceptsFiles ? receive(8, wait, passed: &passed) : receive(8, wait))
    let file = passed < 0 ? nil : FileDescriptor(adopting: passed)
    guard let number = header.load(UInt32.self, at: 0), let kind = Kind(rawValue: number),
      let length = header.load(UInt32.self, at: 4), length <= Self.mostBytes
    else { throw Broken() }
    return Message(kind: kind, content: try receive(Int(length), wait), file: file)
  }

  /// The next `count` bytes. Memory grows with what was received, not with what was announced.
  ///
  /// - Parameter passed: takes the descriptor that accompanies the first bytes. Without it, the kernel
  ///   drops descriptors.
  private func receive(
    _ count: Int, _ wait: Wait, passed: UnsafeMutablePointer<CInt>? = nil
  ) throws(Broken) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      guard wait(socket, Int16(POLLIN)) else { throw Broken() }
      let start = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: min(count - start, Self.pieceSize)))
      let received = bytes.withUnsafeMutableBytes { buffer in
        // Safe: the pointer and the count describe the part that was just appended.
        retryingWhenInterrupted {
          fb_receive(
            socket.rawValue, buffer.baseAddress.map { $0 + start }, buffer.count - start,
            passed)
        }
      }
      guard received > 0 || (received < 0 && errno == EAGAIN) else { throw Broken() }
      bytes.removeLast(bytes.count - start - max(received, 0))
    }
    return bytes
  }

  /// The most bytes that are received by one call.
  private static let pieceSize = 1 << 20
}
