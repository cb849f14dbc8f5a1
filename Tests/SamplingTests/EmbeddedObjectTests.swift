// SPDX-License-Identifier: Apache-2.0

import BPFProgram
import Testing

@Suite struct EmbeddedObjectTests {
  @Test func isABPFObject() {
    let bytes = EmbeddedObject.bytes()
    #expect(bytes.starts(with: [0x7f] + Array("ELF".utf8)))
    // e_machine of ELF64: EM_BPF.
    #expect(bytes.count > 20 && bytes[18] == 247 && bytes[19] == 0)
  }
}
