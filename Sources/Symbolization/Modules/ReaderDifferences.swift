// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Synchronization

/// An address for which the two readers of debug information give different frames.
package struct ReaderDifference: Hashable, Sendable {
  /// One frame: the function and the source line of the address, or of the call in it that was
  /// inlined.
  package struct Frame: Hashable, Sendable {
    /// The function, with its own source file and first line; nil where only the line is known.
    package var function: Function?
    /// The path of the source file; empty where not known.
    package var file: String
    /// 0 where not known.
    package var line: UInt32
    /// 0 where not known.
    package var column: UInt32
  }

  /// The path of the object file.
  package var path: String
  /// The address that the file was linked for.
  package var address: UInt64
  /// The frames by flameback's own reader, innermost first; empty where it knows nothing.
  package var own: [Frame]
  /// The same by libdw.
  package var libdw: [Frame]
}

/// The differences between the two readers of debug information that were found, by all threads.
package final class ReaderDifferences: Sendable {
  private let found = Mutex<[ReaderDifference]>([])

  package init() {}

  /// All differences until now, ordered by path and address.
  package var all: [ReaderDifference] {
    found.withLock { $0 }.sorted { ($0.path, $0.address) < ($1.path, $1.address) }
  }

  /// Adds the locations for which two answers to the same request differ.
  func compare(_ own: ModuleNames, _ libdw: ModuleNames, path: String) {
    for (one, other) in zip(own.entries, libdw.entries) {
      let chains = (own.frames(of: one), libdw.frames(of: other))
      guard let address = one.address, chains.0 != chains.1 else { continue }
      found.withLock {
        $0.append(
          ReaderDifference(path: path, address: address, own: chains.0, libdw: chains.1))
      }
    }
  }
}

extension ModuleNames {
  fileprivate func frames(of entry: Entry) -> [ReaderDifference.Frame] {
    entry.frames.map { frame in
      ReaderDifference.Frame(
        function: frame.function < 0 ? nil : functions[Int(frame.function)],
        file: files[Int(frame.file)], line: frame.line, column: frame.column)
    }
  }
}
