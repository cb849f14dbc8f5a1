// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import System
import Testing

@testable import Sampling

/// Text that a program has copied to memory without a file.
@Suite struct CopiedTextTests {
  private let pid = ProcessHistory.pid
  /// A file of more than so many bytes.
  private let size = 0x300_000

  private func file() throws -> OpenFile {
    try OpenFile(FileDescriptor(opening: "/proc/self/exe", 0))
  }

  /// A process whose memory has the file's bytes from address 0x1000 on, and that has mapped the file
  /// there but for a hole.
  private func fixture(_ memory: [UInt8]) throws -> TableFixture {
    let proc = FakeProc([pid: .init(memory: [UInt8](repeating: 0, count: 0x1000) + memory)])
    var fixture = TableFixture([ProcessHistory.exec("p", at: 1)], proc: proc)
    fixture.table.apply(ProcessHistory.map("/a", 0x1000, 0x1000 + UInt64(size), at: 2))
    fixture.objects.held.hold(try file(), for: fixture.objects.objects.count - 1)
    return fixture
  }

  private func memory() throws -> [UInt8] {
    try #require(file().bytes(at: 0, count: UInt64(size)))
  }

  @Test(arguments: [0x1000, 0x4000, 0x200_000] as [UInt64])
  func aCopyIsTheFile(size: UInt64) throws {
    var fixture = try fixture(memory())
    fixture.table.apply(ProcessHistory.map("//anon", 0x3000, 0x3000 + size, at: 3))
    for address in [0x2000, 0x3000, 0x3000 + size - 1, 0x3000 + size] {
      #expect(fixture.paths(address, at: 5) == ["/a"])
    }
    let mappings = try #require(fixture.table.entry(pid: pid, at: 5)).process.mappings
    let copy = try #require(mappings.first { $0.start == 0x3000 && $0.until > 5 })
    #expect(copy.fileOffset == 0x2000)
  }

  /// Another byte anywhere in a small copy, or in the first or last piece of a large one.
  @Test(arguments: [
    (0x1000, 0x2800), (0x4000, 0x5fff), (0x200_000, 0x2010), (0x200_000, 0x201_fff),
  ])
  func otherBytesAreNoCopy(size: UInt64, at offset: Int) throws {
    var memory = try memory()
    memory[offset] ^= 1
    var fixture = try fixture(memory)
    fixture.table.apply(ProcessHistory.map("//anon", 0x3000, 0x3000 + size, at: 3))
    #expect(fixture.paths(0x3000, at: 5) == ["//anon"])
    #expect(fixture.paths(0x2000, at: 5) == ["/a"])
  }

  @Test func codeElsewhereIsNoCopy() throws {
    var fixture = try fixture(memory())
    let behind = 0x1000 + UInt64(size) + 0x1000
    fixture.table.apply(ProcessHistory.map("//anon", behind, behind + 0x1000, at: 3))
    #expect(fixture.paths(behind, at: 5) == ["//anon"])
  }
}
