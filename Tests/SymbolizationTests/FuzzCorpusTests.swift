// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectFiles
import TestSupport
import Testing

@testable import Symbolization

/// What `make fuzz` has found and kept is read again, by the same function; and so is what a few
/// changed bytes make of it.
@Suite struct FuzzCorpusTests {
  static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fuzz/Symbols")

  @Test func replay() throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.corpus, includingPropertiesForKeys: nil)
    #expect(files.count > 10)
    var generator = SeededGenerator(state: 11)
    for file in files {
      var bytes = [UInt8](try Data(contentsOf: file))
      #expect(!symbolsAreWrong(bytes), "\(file.lastPathComponent)")
      for _ in 0..<40 where bytes.count > 1 {
        let place = Int.random(in: 1..<bytes.count, using: &generator)
        bytes[place] = UInt8.random(in: 0...255, using: &generator)
        #expect(!symbolsAreWrong(bytes), "\(file.lastPathComponent), changed")
      }
    }
  }
}
