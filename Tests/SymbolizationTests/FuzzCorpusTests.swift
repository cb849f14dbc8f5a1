// SPDX-License-Identifier: Apache-2.0

import Foundation
import ProfileModel
import TestSupport
import Testing

@testable import Symbolization

/// Gives the inputs that `make fuzz` found, and changed copies of them, to the same function again.
@Suite struct FuzzCorpusTests {
  static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fuzz")

  @Test(arguments: FuzzedReader.allCases)
  func replay(reader: FuzzedReader) throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.corpus.appendingPathComponent(reader.rawValue), includingPropertiesForKeys: nil)
    #expect(!files.isEmpty)
    var generator = SeededGenerator(state: 11)
    for file in files {
      var bytes = [UInt8](try Data(contentsOf: file))
      #expect(!reader.isWrong(bytes), "\(file.lastPathComponent)")
      for _ in 0..<40 where !bytes.isEmpty {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
        #expect(!reader.isWrong(bytes), "\(file.lastPathComponent), changed")
      }
    }
  }

  @Test(arguments: HostileInput.all) func hostileInputDoesNoHarm(input: HostileInput) {
    #expect(!input.reader.isWrong(input.bytes))
  }
}
