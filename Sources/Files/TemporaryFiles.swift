// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The temporary files that exist at this moment. An abandoned run removes them.
package enum TemporaryFiles {
  /// A name in an open folder.
  struct Name: Hashable {
    /// The folder's descriptor, which is open as long as the name is in the list.
    var folder: CInt
    var name: String
  }

  private static let names = Names()

  static func add(_ name: Name) { names.change { $0.insert(name) } }
  static func forget(_ name: Name) { names.change { $0.remove(name) } }

  /// Removes the files. Called before `_exit`.
  package static func removeAll() {
    names.change { for file in $0 { unlinkat(file.folder, file.name, 0) } }
  }
}

/// The names, for one thread at a time. Not a `Mutex`: `Synchronization` would take 0.1 MB of each client
/// of the library.
///
/// Safe to be shared: `all` is used only while `lock` is held.
private final class Names: @unchecked Sendable {
  private var all: Set<TemporaryFiles.Name> = []
  /// In memory of its own, since a lock must not move. Never freed: there is one for the whole process.
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() { pthread_mutex_init(lock, nil) }

  func change(_ body: (inout Set<TemporaryFiles.Name>) -> Void) {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    body(&all)
  }
}
