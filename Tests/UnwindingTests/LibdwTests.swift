// SPDX-License-Identifier: Apache-2.0

import Foundation
import LibdwOracle
import Testing

@testable import Unwinding

/// Tables of real files against libdw. `unwind-bench` does the same at many more addresses.
@Suite struct LibdwTests {
  /// Compilers' and assemblers' work of several kinds; those that are there.
  static let files: [String] =
    [
      "/usr/bin/python3.11", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
      "/usr/lib/x86_64-linux-gnu/libgcrypt.so.20", "/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1",
      "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", "/lib64/ld-linux-x86-64.so.2",
    ].filter { FileManager.default.fileExists(atPath: $0) }
    + ["libc.so.6", "libswiftCore.so"].compactMap(mappedFile)

  @Test(arguments: files)
  func saysWhatLibdwSays(_ path: String) throws {
    let table = try UnwindTable(path: path)
    let oracle = try #require(LibdwOracle(path: path))
    var generator = SeededGenerator(seed: 3)
    let comparison = Comparison(of: table, with: oracle, count: 15_000, using: &generator)
    #expect(comparison.mismatches.isEmpty, "\(comparison.mismatches.prefix(5))")
    let described = comparison.compared - comparison.unknownToBoth
    #expect(described > comparison.compared / 2)
    #expect(comparison.equal > described * 8 / 10)
    #expect(comparison.unsupported < comparison.compared / 50)
    #expect(table.isStrictlyAscending)
    #expect(table.skippedEntries == 0)
  }

  /// A table with wrong rows is noticed.
  @Test func wrongRowsAreMismatches() throws {
    let path = try #require(mappedFile("libc.so.6"))
    var frame = try EhFrame(of: elfImage(path))
    for index in frame.bytes.indices.dropLast(2)
    where frame.bytes[index...].prefix(2).elementsEqual([0x0e, 0x10]) {
      frame.bytes[index + 1] = 0x18
    }
    let oracle = try #require(LibdwOracle(path: path))
    var generator = SeededGenerator(seed: 3)
    let comparison = try Comparison(
      of: UnwindTable([frame]), with: oracle, count: 4000, using: &generator)
    #expect(comparison.mismatches.count > 100)
    #expect(comparison.mismatches.count < 2000)
  }
}
