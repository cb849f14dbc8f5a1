// SPDX-License-Identifier: Apache-2.0

import Glibc
import System
import Testing

@Suite struct PrivatePipeTests {
  @Test func bothEndsCloseOnExec() throws {
    let pipe = try PrivatePipe()
    for end in [pipe.reader.rawValue, pipe.writer.rawValue] {
      #expect(fcntl(end, F_GETFD) == FD_CLOEXEC)
    }
    var byte: UInt8 = 7
    #expect(write(pipe.writer.rawValue, &byte, 1) == 1)
    byte = 0
    let reader = pipe.closingWriter()
    #expect(read(reader.rawValue, &byte, 1) == 1 && byte == 7)
    #expect(read(reader.rawValue, &byte, 1) == 0)
  }
}
