// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The temporary files that exist at this moment. An abandoned run removes them.
package enum TemporaryFiles {
  /// A name in an open folder.
  struct Name: Hashable {
    /// The folder's descriptor, which is open as long as the name is in the list.
    var folder: CInt
    var name: String
  }

  private static let names = Mutex<Set<Name>>([])

  static func add(_ name: Name) { names.withLock { _ = $0.insert(name) } }
  static func forget(_ name: Name) { names.withLock { _ = $0.remove(name) } }

  /// Removes the files. Called before `_exit`.
  package static func removeAll() {
    names.withLock { for file in $0 { unlinkat(file.folder, file.name, 0) } }
  }
}
