// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// An open descriptor to which the bytes of an output are written, in pieces as they are made.
struct OutputStream: ~Copyable {
  private let descriptor: CInt
  /// The output's path, for errors.
  private let path: String
  /// The number of bytes written so far.
  private(set) var count = 0

  /// - Parameter descriptor: stays open; its owner closes it.
  init(_ descriptor: CInt, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Writes all of `bytes`.
  mutating func write(_ bytes: [UInt8]) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        // Safe: only the part that is not yet written is named.
        retryingWhenInterrupted {
          Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        }
      }
      guard written > 0 else { throw .last("write", path) }
      done += written
    }
    count += done
  }
}
