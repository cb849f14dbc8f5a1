// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Names of files that must not outlive us, known to whoever ends the program.
enum TemporaryFiles {
  private static let paths = Mutex<Set<String>>([])

  /// Runs `body`, which makes a file at `path` and moves it to its place or removes it. An abandoned
  /// run removes it instead.
  static func with<Result, Failure: Error>(
    _ path: String, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    paths.withLock { _ = $0.insert(path) }
    defer { paths.withLock { _ = $0.remove(path) } }
    return try body()
  }

  static func removeAll() {
    paths.withLock { for path in $0 { unlink(path) } }
  }
}
