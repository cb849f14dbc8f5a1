// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import TestSupport
import Testing

@testable import Unwinding

/// Ends of stacks that call frame information does not say.
@Suite struct HandMadeStacksTests {
  /// makecontext makes a stack that returns to a function whose address it loads.
  @Test func stacksOfMakecontext() throws {
    let path = try #require(mappedFile("libc.so.6"))
    let image = try elfImage(path)
    let maker = try #require(image.functions(named: ["makecontext"])["makecontext"])
    let segment = try #require(image.executableSegment(holding: maker.lowerBound))
    let offset = maker.lowerBound - segment.address + segment.fileOffset
    let code = try #require(image.source.bytes(at: offset, count: UInt64(maker.count)))
    // lea DISPLACEMENT(%rip), register
    let loaded = code.indices.dropLast(6).compactMap { at -> UInt64? in
      guard code[at] & 0xfb == 0x48, code[at + 1] == 0x8d, code[at + 2] & 0xc7 == 5 else {
        return nil
      }
      let displacement = (0..<4).reduce(UInt32(0)) { $0 | UInt32(code[at + 3 + $1]) << (8 * $1) }
      let next = Int64(maker.lowerBound) + Int64(at) + 7
      return UInt64(next + Int64(Int32(bitPattern: displacement)))
    }
    let table = try UnwindTable(of: image)
    let starts = loaded.filter { table.row(at: $0 - 1)?.kind == RowKind.start }
    #expect(starts.count == 1)
    #expect(starts.allSatisfy { table.row(at: $0)?.kind == RowKind.sp })
  }

  /// A function without a caller, behind padding and directly behind another one.
  @Test func functionsWithoutACaller() throws {
    var frame = FrameBytes()
    frame.common()
    frame.function(0x1000, size: 10)
    frame.function(0x1010, size: 16, instructions: [0x07, 16])
    frame.function(0x1020, size: 16, instructions: [0x07, 16])
    #expect(
      try UnwindTable(frame).unpacked == [
        Row(0x1000, RowKind.sp, offset: 1), Row(0x100f, RowKind.start), Row(0x1010, RowKind.end),
        Row(0x1030, RowKind.gap),
      ])
  }

  @Test func goHasChainsInPlaceOfGaps() throws {
    let folder = try TemporaryFolder()
    let path = try folder.compile(
      """
      __attribute__((section(".gopclntab"))) int table = 1;
      int answer(void) { return 42; }
      """, ["-nostdlib", "-fno-asynchronous-unwind-tables"])
    let image = try elfImage(path)
    let text = try #require(image.executableSegment())
    let rows = try UnwindTable(of: image).unpacked
    #expect(
      rows == [
        Row(UInt32(text.address), RowKind.chain),
        Row(UInt32(text.address + text.memorySize), RowKind.gap),
      ])
  }

  /// Nothing describes where the dynamic loader begins.
  @Test func theEntryPointOfTheLoader() throws {
    let image = try elfImage("/lib64/ld-linux-x86-64.so.2")
    let table = try UnwindTable(of: image)
    // A thread that was interrupted at its first instruction is in its first frame. Behind it only what is
    // returned to is known to be.
    #expect(table.row(at: image.entryPoint)?.kind == RowKind.end)
    #expect(table.row(at: image.entryPoint + 1)?.kind == RowKind.root)
    #expect(table.isStrictlyAscending)
    // Programs' own entry points have an undefined return address.
    let program = try elfImage("/proc/self/exe")
    #expect(try UnwindTable(of: program).row(at: program.entryPoint)?.kind == RowKind.end)
  }

  @Test func functionsThatHandMadeStacksReturnTo() throws {
    let folder = try TemporaryFolder()
    let path = try folder.compile(
      """
      int answer(void) { return 42; }
      __asm__(".text; .balign 64; .skip 64, 0x90; .globl make_fcontext\\n"
        ".type make_fcontext, @function\\n"
        "make_fcontext: .skip 32, 0x90; ret\\n"
        ".size make_fcontext, . - make_fcontext\\n"
        ".skip 64, 0x90\\n");
      int second(void) { return 43; }
      """, ["-nostdlib", "-O2", "-fno-toplevel-reorder"])
    let image = try elfImage(path)
    let root = try #require(image.functions(named: ["make_fcontext"])["make_fcontext"])
    let table = try UnwindTable(of: image)
    #expect(table.isStrictlyAscending)
    #expect(table.row(at: root.lowerBound - 1)?.kind == RowKind.gap)
    #expect(table.row(at: root.lowerBound)?.kind == RowKind.root)
    #expect(table.row(at: root.upperBound - 1)?.kind == RowKind.root)
    #expect(table.row(at: root.upperBound)?.kind == RowKind.gap)
  }

  /// Goroutines and threads of Go's runtime begin where its own table says, also without symbols.
  @Test func rootsOfStrippedGo() throws {
    let folder = try TemporaryFolder()
    let source = try folder.file("main.go", "package main; func main() { println(42) }")
    func built(_ name: String, _ options: String) throws -> ElfImage {
      let path = "\(folder.path)/\(name)"
      try run("sh", "-c", "cd \(folder.path); go build -o \(path) \(options) \(source)")
      return try elfImage(path)
    }
    let names: Set = ["runtime.mstart.abi0", "runtime.mstart", "runtime.goexit.abi0"]
    let roots = try built("whole", "").functions(named: names).values
    let table = try UnwindTable(of: try built("stripped", "-ldflags='-s -w'"))
    #expect(roots.count >= 2 && table.isStrictlyAscending)
    for root in roots {
      #expect(table.row(at: root.lowerBound)?.kind == RowKind.root)
      #expect(table.row(at: root.lowerBound - 1)?.kind != RowKind.root)
    }
  }
}
