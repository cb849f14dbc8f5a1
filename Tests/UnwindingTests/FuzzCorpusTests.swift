// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Unwinding

/// What `make fuzz` has found and kept is read again, by the same function.
@Suite struct FuzzCorpusTests {
  static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fuzz/UnwindTable")

  @Test func replay() throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.corpus, includingPropertiesForKeys: nil)
    #expect(files.count > 20)
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: file))
      #expect(!unwindTableIsWrong(bytes), "\(file.lastPathComponent)")
    }
  }
}
