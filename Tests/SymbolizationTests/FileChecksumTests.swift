// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectFiles
import TestSupport
import Testing

@testable import Symbolization

/// CRCs of debug files are those of the bytes, and are computed once.
@Suite struct FileChecksumTests {
  @Test func eachVersionOfAnInodeIsReadOnce() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("a", "123456789")
    try #require(link(path, folder("b")) == 0)
    let checksums = FileChecksums()
    for name in ["a", "b", "a"] {
      // The check value of the CRC-32 of zlib.
      #expect(checksums.checksum(of: try OpenFile(opening: folder(name))) == 0xcbf4_3926)
    }
    #expect(checksums.computed == 1)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data([0]))
    try handle.close()
    let changed = try #require(checksums.checksum(of: try OpenFile(opening: path)))
    #expect(changed != 0xcbf4_3926 && checksums.computed == 2)
  }

  @Test func anotherInodeIsAnotherFile() throws {
    let folder = try TemporaryFolder()
    let checksums = FileChecksums()
    for name in ["a", "b"] {
      let path = try folder.file(name, "123456789")
      #expect(checksums.checksum(of: try OpenFile(opening: path)) == 0xcbf4_3926)
    }
    #expect(checksums.computed == 2)
  }
}
