// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The inputs of a reader that `make fuzz` found, in `Tests/Fuzz`.
package struct FuzzCorpus: Sendable {
  /// The names of the files and their bytes.
  package let inputs: [(name: String, bytes: [UInt8])]

  /// - Parameter reader: The name of the reader's folder.
  package init(of reader: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fuzz/\(reader)")
    inputs = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).map { ($0.lastPathComponent, [UInt8](try Data(contentsOf: $0))) }
  }

  /// The names of inputs that a reader does not stand, and of those that it does not stand with a byte
  /// changed.
  ///
  /// - Parameters:
  ///   - copies: Changed copies of each input.
  ///   - isWrong: Whether what the reader makes of these bytes violates what it guarantees.
  package func failures(copies: Int = 40, _ isWrong: ([UInt8]) -> Bool) -> [String] {
    var generator = SeededGenerator(state: 11)
    var failures: [String] = []
    for (name, bytes) in inputs {
      var bytes = bytes
      if isWrong(bytes) { failures.append(name) }
      for _ in 0..<copies where !bytes.isEmpty {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
        if isWrong(bytes) { failures.append("\(name), changed") }
      }
    }
    return failures
  }
}
