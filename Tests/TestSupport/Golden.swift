// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An output that differs from the file that says how it should be.
package struct GoldenMismatch: Error, CustomStringConvertible {
  package var description: String
}

package enum Golden {
  /// Compares an output with the file of that name in the folder `Golden` beside the test.
  ///
  /// With `FLAMEBACK_BLESS=1` in the environment the file is written anew instead. On a mismatch the
  /// output stays in the temporary folder, for `diff`.
  package static func compare(
    _ output: [UInt8], with name: String, besideTest file: String = #filePath
  ) throws {
    let golden = URL(fileURLWithPath: file).deletingLastPathComponent()
      .appendingPathComponent("Golden").appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["FLAMEBACK_BLESS"] == "1" {
      try Data(output).write(to: golden)
      return
    }
    if let expected = try? Data(contentsOf: golden), expected == Data(output) { return }
    let actual = FileManager.default.temporaryDirectory.appendingPathComponent("actual-\(name)")
    try Data(output).write(to: actual)
    throw GoldenMismatch(description: "\(golden.path) and \(actual.path) differ")
  }
}
