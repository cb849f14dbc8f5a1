// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The temporary files that exist at this moment. An abandoned run removes them.
enum TemporaryFiles {
  private static let paths = Mutex<Set<String>>([])

  /// Runs `body`, which makes a file at `path`, and renames or removes it before it returns.
  static func with<Result, Failure: Error>(
    _ path: String, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    paths.withLock { _ = $0.insert(path) }
    defer { paths.withLock { _ = $0.remove(path) } }
    return try body()
  }

  /// Removes the files. Called before `_exit`.
  static func removeAll() {
    paths.withLock { for path in $0 { unlink(path) } }
  }
}
