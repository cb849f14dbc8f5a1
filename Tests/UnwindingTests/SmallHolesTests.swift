// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles
import TestSupport
import Testing

@testable import Unwinding

/// Holes of less than 16 bytes between functions: padding, or code that nothing describes.
@Suite struct SmallHolesTests {
  @Test(
    arguments: [
      [], [0], [0x90], [0xcc, 0xcc], [0x66, 0x90, 0x90], [0x0f, 0x1f, 0x00, 0, 0],
      [0x0f, 0x1f, 0x40, 0x00], [0x0f, 0x1f, 0x44, 0, 0],
      [0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0, 0x0f, 0x1f, 0x80, 0, 0, 0, 0],
    ] as [[UInt8]])
  func padding(bytes: [UInt8]) {
    #expect(Padding.fills([0x48] + bytes, 1..<1 + bytes.count))
    #expect(!Padding.fills(bytes + [0xc3], 0..<bytes.count + 1))
  }

  /// Instructions that begin as padding does, or go on behind the hole.
  @Test(
    arguments: [
      [0x66], [0x0f, 0x1f], [0x0f, 0x1f, 0x40], [0x0f, 0x1f, 0xc0], [0x0f, 0x05], [0x66, 0x50],
      [0x6a, 0x00, 0x58, 0xc3],
    ] as [[UInt8]])
  func otherBytes(bytes: [UInt8]) {
    #expect(!Padding.fills(bytes, 0..<bytes.count))
    #expect(!Padding.fills(bytes + [0, 0, 0, 0], 0..<min(bytes.count, 3)))
  }

  private static let around = """
    #define BEGIN(name) ".globl " #name "; .type " #name ", @function\\n" #name ": "
    #define END(name) "; .size " #name ", . - " #name "\\n"
    """

  private func functions(
    _ assembly: String, _ names: Set<String>
  ) throws -> (table: UnwindTable, functions: [String: Range<UInt64>]) {
    let folder = try TemporaryFolder()
    let source = Self.around + "\n__asm__(\".text; .balign 16\\n\"\n\(assembly));"
    let image = try elfImage(folder.compile(source, ["-nostdlib", "-O2"]))
    return (try UnwindTable(of: image), image.functions(named: names))
  }

  @Test func codeIsAFunctionAndPaddingIsNot() throws {
    let (table, functions) = try functions(
      """
      BEGIN(first) ".cfi_startproc; ret; .cfi_endproc" END(first)
      BEGIN(hidden) "push %rbx; call second; pop %rbx; ret" END(hidden)
      ".balign 16\\n"
      BEGIN(second) ".cfi_startproc; ret; .cfi_endproc" END(second)
      ".byte 0x0f, 0x1f, 0x40, 0x00; .balign 16\\n"
      BEGIN(third) ".cfi_startproc; ret; .cfi_endproc" END(third)
      """, ["hidden", "second", "third"])
    #expect(table.isStrictlyAscending)
    let hidden = try #require(functions["hidden"])
    for address in hidden {
      let row = try #require(table.row(at: address))
      #expect(row.kind == RowKind.called)
      #expect(UInt64(row.pc - fb_called_distance(row.rawValue)) == hidden.lowerBound)
    }
    let afterPush = try #require(table.row(at: hidden.lowerBound + 1))
    #expect(fb_called_depth(afterPush.rawValue) == 1)
    // One row for both functions and what is between them.
    let second = try #require(functions["second"])
    let third = try #require(functions["third"])
    let row = try #require(table.row(at: third.lowerBound))
    #expect(row.kind == RowKind.sp)
    #expect(UInt64(row.pc) == second.lowerBound)
  }

  /// Without a symbol, the function begins where the hole does.
  @Test func codeWithoutAName() throws {
    let (table, functions) = try functions(
      """
      BEGIN(first) ".cfi_startproc; ret; .cfi_endproc" END(first)
      "push $0; call second; pop %rdx; ret; .balign 16\\n"
      BEGIN(second) ".cfi_startproc; ret; .cfi_endproc" END(second)
      """, ["first", "second"])
    let begin = try #require(functions["first"]).upperBound
    for address in begin..<(try #require(functions["second"]).lowerBound) {
      let row = try #require(table.row(at: address))
      #expect(row.kind == RowKind.called)
      #expect(UInt64(row.pc - fb_called_distance(row.rawValue)) == begin)
    }
  }

  /// A system call behind the description of its function; in a new thread it leads to a first frame,
  /// if the code says so.
  @Test(arguments: [
    ("test %rax, %rax; jl failed; jz 1f; ret; 1:", true),
    ("test %rax, %rax; .byte 0x0f, 0x8c, 1, 0, 0, 0; jz 1f; ret; 1:", true),
    ("test %rax, %rax; jz 1f; ret; 1:", false),
    ("test %eax, %eax; jl failed; jz 1f; ret; 1:", false),
    ("test %rax, %rax; jl failed; jz 1f; nop; ret; 1:", false),
    ("test %rax, %rax; jl failed; jz first; ret", false),
  ])
  func theEndOfClone(code: String, startsThread: Bool) throws {
    let (table, functions) = try functions(
      """
      BEGIN(first) ".cfi_startproc; nop; failed: mov $56, %eax; .cfi_endproc; "
        "syscall; \(code)" END(first)
      BEGIN(start) ".cfi_startproc; .cfi_undefined rip; call first; .cfi_endproc" END(start)
      """, ["first", "start"])
    let first = try #require(functions["first"])
    #expect(table.row(at: first.lowerBound + 5)?.kind == RowKind.sp)
    for address in first.lowerBound + 6..<first.upperBound {
      let row = try #require(table.row(at: address))
      #expect(row.kind == RowKind.cloning)
      #expect(UInt64(row.pc - fb_called_distance(row.rawValue)) == first.lowerBound)
      #expect(fb_cloning_starts_thread(row.rawValue) == (startsThread ? 1 : 0))
    }
    #expect(table.row(at: try #require(functions["start"]).lowerBound)?.kind == RowKind.end)
  }

  /// What is behind the system call may be an ordinary function.
  @Test func systemCallsThatStartNoThread() throws {
    let (table, functions) = try functions(
      """
      BEGIN(first) ".cfi_startproc; failed: mov $57, %eax; .cfi_endproc; "
        "syscall; test %rax, %rax; jl failed; jz 1f; ret; 1:" END(first)
      BEGIN(second) ".cfi_startproc; ret; .cfi_endproc" END(second)
      """, ["first"])
    let last = try #require(functions["first"]).upperBound - 1
    let row = try #require(table.row(at: last))
    #expect(row.kind == RowKind.cloning)
    #expect(fb_cloning_starts_thread(row.rawValue) == 0)
  }

  /// Outside the executable segments.
  @Test func whatCannotBeReadIsNotPadding() throws {
    let image = try elfImage("/proc/self/exe")
    var holes = SmallHoles(of: image)
    let text = try #require(image.executableSegment())
    let end = text.address + text.fileSize
    #expect(holes.content(of: end - 1..<end + 8) == .code)
    #expect(holes.content(of: end + (1 << 40)..<end + (1 << 40) + 1) == .code)
  }

  /// The last bytes of a piece are read again with those behind them.
  @Test func holesOnTheEdgeOfAPiece() throws {
    let path = try #require(mappedFile("libc.so.6"))
    let image = try elfImage(path)
    let text = try #require(image.executableSegment())
    let code = try #require(image.source.bytes(at: text.fileOffset, count: 200_000))
    var holes = SmallHoles(of: image)
    let wrong = stride(from: 0, to: code.count - 16, by: 13).filter { first in
      let range = text.address + UInt64(first)..<text.address + UInt64(first) + 15
      let isPadding = Padding.fills(Array(code[first..<first + 15]), 0..<15)
      return (holes.content(of: range) == .padding) != isPadding
    }
    #expect(wrong.isEmpty)
  }
}
