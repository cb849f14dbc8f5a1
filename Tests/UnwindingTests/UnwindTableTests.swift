// SPDX-License-Identifier: Apache-2.0

import Bytes
import CShims
import Foundation
import LibdwOracle
import ObjectFiles
import ProfileModel
import TestSupport
import Testing

@testable import Unwinding

/// Where tables are found in files, and the frames that only real ones have.
@Suite struct UnwindTableTests {
  @Test func filesWithoutSections() throws {
    let path = try #require(mappedFile("libc.so.6"))
    var bytes = try contents(of: path)
    let whole = try #require(ElfImage(BytesInMemory(bytes)))
    // e_shoff; e_shnum and e_shstrndx
    bytes.replaceSubrange(40..<48, with: repeatElement(0, count: 8))
    bytes.replaceSubrange(60..<64, with: repeatElement(0, count: 4))
    let stripped = try #require(ElfImage(BytesInMemory(bytes)))
    #expect(stripped.sections.isEmpty)
    let table = try UnwindTable(of: stripped)
    // All but the start of makecontext's stacks, which is found by a symbol.
    for row in try UnwindTable(of: whole).unpacked where row.kind != RowKind.start {
      let same = try #require(table.row(at: UInt64(row.pc)))
      #expect(Row(row.pc, same.kind, rbp: same.rbp, offset: same.offset) == row)
    }
    #expect(UnwindTable.estimatedRows(of: stripped) >= table.rows.count)
  }

  @Test func filesWithoutAHeader() throws {
    let path = try #require(mappedFile("libc.so.6"))
    var bytes = try contents(of: path)
    let whole = try #require(ElfImage(BytesInMemory(bytes)))
    let header = try #require(whole.segments.firstIndex { $0.type == 0x6474_e550 })
    let table = ByteReader(bytes).load(UInt64.self, at: 32).map { Int($0) + 56 * header } ?? 0
    bytes.replaceSubrange(table..<table + 4, with: repeatElement(0, count: 4))  // PT_NULL
    let without = try #require(ElfImage(BytesInMemory(bytes)))
    #expect(try UnwindTable(of: without).rows == (try UnwindTable(of: whole)).rows)
  }

  @Test func filesWithNeither() throws {
    let folder = try TemporaryFolder()
    let path = try folder.compile(
      "int answer(void) { return 42; }",
      ["-nostdlib", "-fno-asynchronous-unwind-tables", "-Wl,--build-id=none"])
    #expect(throws: UnwindTableError.noEhFrame) { try UnwindTable(of: elfImage(path)) }
    #expect(UnwindTable.estimatedRows(of: try elfImage(path)) == 0)
  }

  @Test func estimatesAreSomewhatAbove() throws {
    for path in LibdwTests.files {
      let image = try elfImage(path)
      let rows = try UnwindTable(of: image).rows.count
      let estimate = UnwindTable.estimatedRows(of: image)
      #expect(rows...4 * rows ~= estimate, "\(path): \(rows), \(estimate)")
    }
  }

  /// glibc's entry for it starts one byte before `__restore_rt`.
  @Test func returnFromASignalHandler() throws {
    let image = try elfImage(try #require(mappedFile("libc.so.6")))
    let rows = try UnwindTable(of: image).unpacked.filter { $0.kind == RowKind.signal }
    #expect(rows.count == 1)
    let row = try #require(rows.first)
    let text = try #require(image.executableSegment(holding: UInt64(row.pc)))
    let code = image.source.bytes(
      at: UInt64(row.pc) - text.address + text.fileOffset + 1, count: 9)
    // mov $15, %rax (rt_sigreturn); syscall
    #expect(code == [0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05])
  }

  @Test func linkageTables() throws {
    let image = try elfImage(try #require(mappedFile("libc.so.6")))
    let section = try #require(image.section(named: ".plt"))
    let table = try UnwindTable(of: image)
    // The first entry pushes before it jumps to the resolver; its rows are ordinary.
    let row = try #require(table.row(at: section.address + 16))
    #expect(row.kind == RowKind.plt)
    #expect(row.offset == 10 || row.offset == 11)
  }

  /// gcc realigns the stack and reaches the arguments by a pointer that it saves (DRAP).
  @Test func realignedStack() throws {
    let folder = try TemporaryFolder()
    let path = try folder.compile(
      """
      extern void use(void *, void *);
      int realigned(int size, int a, int b, int c, int d, int e, int on_stack) {
        _Alignas(64) char aligned[64];
        use(__builtin_alloca(size), aligned);
        return on_stack + a + b + c + d + e;
      }
      """, ["-O2"])
    let table = try UnwindTable(path: path)
    let row = try #require(table.unpacked.first { $0.kind == RowKind.dereferencedBP })
    #expect(row.rbp == Int8(FB_RBP_AT_RBP))
    let oracle = try #require(LibdwOracle(path: path))
    var generator = SeededGenerator(seed: 1)
    let comparison = Comparison(of: table, with: oracle, count: 2000, using: &generator)
    #expect(comparison.mismatches.isEmpty, "\(comparison.mismatches.prefix(5))")
    #expect(comparison.unsupported == 0)
  }

  /// The kernel's own code in our address space, from memory.
  @Test func vdso() throws {
    let start = UInt(getauxval(UInt(AT_SYSINFO_EHDR)))
    let line = try #require(ownMaps().first { $0.hasSuffix("[vdso]") })
    let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
    #expect(bounds.first == start)
    // Mapped for as long as the process is.
    let memory = UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: start), count: Int((bounds.last ?? start) - start))
    let bytes = [UInt8](memory)
    let table = try UnwindTable(of: try #require(ElfImage(BytesInMemory(bytes))))
    #expect(table.skippedEntries == 0)

    let folder = try TemporaryFolder()
    let oracle = try #require(LibdwOracle(path: try folder.file("vdso.so", bytes)))
    var generator = SeededGenerator(seed: 1)
    let comparison = Comparison(of: table, with: oracle, count: 4000, using: &generator)
    #expect(comparison.mismatches.isEmpty, "\(comparison.mismatches.prefix(5))")
    #expect(comparison.equal > 1000)
  }

  /// The size of `.eh_frame` that a section claims.
  @Test func sectionsThatLie() throws {
    let bytes = try contents(of: try #require(mappedFile("libc.so.6")))
    let image = try #require(ElfImage(BytesInMemory(bytes)))
    let section = try #require(image.section(named: ".eh_frame"))
    let index = try #require(image.sections.firstIndex(of: section))
    let offset = try #require(ByteReader(bytes).load(UInt64.self, at: 40))
    for size in [0, 20, 1000, UInt64.max, 1 << 63, 65 << 20] {
      var lying = bytes
      let place = Int(offset) + 64 * index + 32
      lying.replaceSubrange(place..<place + 8, with: little(size))
      let image = try #require(ElfImage(BytesInMemory(lying)))
      // Believed where it is less than there is. What is not described then is guessed.
      let table = try? UnwindTable(of: image)
      let rows = table?.unpacked.count { $0.kind != RowKind.called } ?? 0
      #expect(size < 100 ? rows == 0 : size < 10_000 ? 1...1000 ~= rows : rows > 10_000)
    }
  }
}
