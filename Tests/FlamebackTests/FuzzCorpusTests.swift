// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Gives the inputs that `make fuzz` found, and changed copies of them, to the same function again.
@Suite struct FuzzCorpusTests {
  @Test(arguments: FuzzedReader.allCases)
  func replay(reader: FuzzedReader) throws {
    let corpus = try FuzzCorpus(of: reader.rawValue)
    #expect(!corpus.inputs.isEmpty)
    // Each is written in all formats, and the viewer is packed for two of them.
    #expect(corpus.failures(copies: reader == .anyInput ? 2 : 40) { reader.isWrong($0) }.isEmpty)
  }
}
