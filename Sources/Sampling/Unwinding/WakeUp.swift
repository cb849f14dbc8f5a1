// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// A pipe by which one thread wakes another.
struct WakeUp: ~Copyable, Sendable {
  private let reader: FileDescriptor
  private let writer: FileDescriptor

  init() throws(SamplingError) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system(.last("pipe")) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    reader = FileDescriptor(adopting: ends[0])
    writer = FileDescriptor(adopting: ends[1])
  }

  /// Readable while there are signals that were not waited for.
  var descriptor: CInt { reader.rawValue }

  /// Lets one `wait` return.
  func signal() {
    var byte: UInt8 = 1
    _ = retryingWhenInterrupted { write(writer.rawValue, &byte, 1) }
  }

  /// Waits for a signal, and takes it.
  func wait() {
    var byte: UInt8 = 0
    _ = retryingWhenInterrupted { read(reader.rawValue, &byte, 1) }
  }
}
