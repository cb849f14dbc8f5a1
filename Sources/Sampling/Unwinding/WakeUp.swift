// SPDX-License-Identifier: Apache-2.0

import Glibc
import System

/// A pipe by which one thread wakes another.
struct WakeUp: ~Copyable, Sendable {
  private let pipe: PrivatePipe

  init() throws(SamplingError) {
    do throws(SystemError) { pipe = try PrivatePipe() } catch { throw .system(error) }
  }

  /// Readable while there are signals that were not waited for.
  var descriptor: CInt { pipe.reader.rawValue }

  /// Lets one `wait` return.
  func signal() {
    var byte: UInt8 = 1
    _ = retryingWhenInterrupted { write(pipe.writer.rawValue, &byte, 1) }
  }

  /// Waits for a signal, and takes it.
  func wait() {
    var byte: UInt8 = 0
    _ = retryingWhenInterrupted { read(pipe.reader.rawValue, &byte, 1) }
  }
}
