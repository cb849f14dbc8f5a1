// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import System

/// An open descriptor to which the bytes of an output are written, in pieces as they are made.
/// After the first error all further bytes are dropped.
struct OutputStream: ByteSink {
  private let descriptor: CInt
  /// The output's path, for errors.
  private let path: String
  /// The number of bytes written so far.
  private(set) var count = 0
  /// The first error; nil if all bytes so far were written.
  private(set) var error: SystemError?

  /// - Parameter descriptor: stays open; its owner closes it.
  init(_ descriptor: CInt, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Writes all of `bytes`, or sets `error`.
  mutating func write(_ bytes: [UInt8]) {
    guard error == nil else { return }
    do throws(SystemError) {
      try writeAll(bytes, to: descriptor)
      count += bytes.count
    } catch {
      self.error = SystemError(operation: error.operation, thing: path, code: error.code)
    }
  }
}
