// SPDX-License-Identifier: Apache-2.0

import CShims
import TestSupport
import Testing

@testable import Unwinding

/// Functions without call frame information: where they begin, and where their return address is.
@Suite struct UndescribedFunctionsTests {
  private struct Guess: Hashable {
    var address: UInt64
    var distance: UInt32 = 0
    var depth: UInt32 = 0
    var rbp: UInt32 = 0
  }

  /// The actions of a function that begins at 0x1000; those that are no guesses are left out.
  private func guesses(_ code: [UInt8]) -> [Guess] {
    let end = 0x1000 + UInt64(code.count)
    return UndescribedCode(code, at: 0x1000).actions(ofFunctionIn: 0x1000..<end)
      .compactMap { address, action in
        let row = fb_row(UInt32(address), action.rawValue)
        guard fb_row_kind(row) == RowKind.called else { return nil }
        return Guess(
          address: address, distance: fb_called_distance(row), depth: fb_called_depth(row),
          rbp: fb_called_rbp(row))
      }
  }

  @Test func aFunctionThatSavesNothing() {
    // dec %rdi; jnz; ret; and other code behind it
    let code: [UInt8] = [0x48, 0xff, 0xcf, 0x75, 0xfb, 0xc3, 0x31, 0xc0, 0xc3]
    #expect(guesses(code) == [Guess(address: 0x1000)])
  }

  @Test func whatIsSavedAndRestored() {
    let code: [UInt8] =
      [0xf3, 0x0f, 0x1e, 0xfa]  // endbr64
      + [0x55, 0x49, 0x89, 0xd3, 0x41, 0x54]  // push %rbp; mov %rdx, %r11; push %r12
      + [0x48, 0x83, 0xec, 0x18]  // sub $24, %rsp
      + [0x48, 0xff, 0xcf, 0x75, 0xfb]
      + [0x48, 0x83, 0xc4, 0x18, 0x41, 0x5c, 0x5d, 0xc3]
      + [0x31, 0xc0, 0x48, 0xff, 0xcf, 0x75, 0xfb]
    let guesses = guesses(code)
    #expect(
      guesses == [
        Guess(address: 0x1000),
        Guess(address: 0x1005, distance: 5, depth: 1, rbp: 1),
        Guess(address: 0x100a, distance: 10, depth: 2, rbp: 1),
        Guess(address: 0x100e, distance: 14, depth: 5, rbp: 1),
        Guess(address: 0x1017, distance: 23, depth: 2, rbp: 1),
        Guess(address: 0x1019, distance: 25, depth: 1, rbp: 1),
        Guess(address: 0x101a, distance: 26),
        // Behind `ret` the function goes on.
        Guess(address: 0x101b, distance: 27, depth: 5, rbp: 1),
      ])
  }

  @Test func stepsThatDoNotFit() {
    // sub $512, %rsp
    let large: [UInt8] = [0x48, 0x81, 0xec, 0x00, 0x02, 0x00, 0x00, 0x90, 0x90]
    #expect(guesses(large) == [Guess(address: 0x1000)])
    // mov %rdi, %rsp
    let other: [UInt8] = [0x48, 0x89, 0xfc, 0x53, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90]
    #expect(guesses(other) == [Guess(address: 0x1000)])
    let saving: [UInt8] = [0x55, 0x41, 0x54, 0x48, 0x81, 0xec, 0x08, 0, 0, 0, 0xc3]
    for count in 0...saving.count {
      let cut = Array(saving.prefix(count))
      #expect(guesses(cut).allSatisfy { $0.address < 0x1000 + UInt64(max(count, 1)) })
    }
  }

  /// Loads before registers are saved, and a frame that is made by `add`.
  @Test func savingBetweenOtherInstructions() {
    let code: [UInt8] =
      [0x48, 0x8b, 0x06, 0x53]  // mov (%rsi), %rax; push %rbx
      + [0x8d, 0x4c, 0x91, 0x08, 0x83, 0xe1, 0x03]  // lea 8(%rcx,%rdx,4), %ecx; and $3, %ecx
      + [0x48, 0x83, 0xc4, 0xd8]  // add $-40, %rsp
      + [0x49, 0x89, 0x1c, 0x24]  // mov %rbx, (%r12)
      + [0x48, 0x89, 0x6c, 0x24, 0x18]  // mov %rbp, 24(%rsp)
      + [0x75, 0xfe, 0x55, 0x48, 0x83, 0xc4, 0x28, 0x5b, 0xc3]
    #expect(
      guesses(code) == [
        Guess(address: 0x1000),
        Guess(address: 0x1004, distance: 4, depth: 1),
        Guess(address: 0x100f, distance: 15, depth: 6),
        Guess(address: 0x1018, distance: 24, depth: 6, rbp: 3),
        Guess(address: 0x101b, distance: 27, depth: 6),
        Guess(address: 0x101f, distance: 31, depth: 1),
        Guess(address: 0x1020, distance: 32),
      ])
  }

  @Test(
    arguments: [
      [0xf3, 0x0f, 0x1e, 0xfa], [0x49, 0x89, 0xd3], [0x48, 0x8b, 0x06],
      [0x4a, 0x8b, 0x44, 0xde, 0x18],
      [0x8b, 0x05, 1, 2, 3, 4], [0x48, 0x8b, 0x04, 0x25, 1, 2, 3, 4],
      [0x48, 0x8b, 0x80, 1, 2, 3, 4],
      [0x48, 0x8d, 0x3c, 0xd7], [0x83, 0xe1, 0x03], [0x48, 0x81, 0xe9, 1, 2, 3, 4],
      [0x49, 0xf7, 0xe4],
      [0xb8, 1, 2, 3, 4], [0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8], [0x41, 0xbc, 1, 2, 3, 4],
      [0x0f, 0xb6, 0x06], [0x48, 0x0f, 0xaf, 0xc2], [0x4c, 0x8b, 0xe0], [0x48, 0x3b, 0xe0],
      [0x48, 0xc1, 0xe8, 0x02],
    ] as [[UInt8]])
  func instructionsThatLeaveTheStackAlone(code: [UInt8]) {
    let inside = [0x90] + code + [0xc3]
    #expect(HarmlessInstruction.size(inside[1...]) == code.count)
    for count in 0..<code.count {
      #expect(HarmlessInstruction.size(code.prefix(count)) == nil)
    }
  }

  @Test(
    arguments: [
      [0x48, 0x89, 0xfc], [0x48, 0x8b, 0xe0], [0x48, 0x8b, 0x26], [0xbc, 1, 2, 3, 4],
      [0x48, 0x83, 0xe4, 0xf0],
      [0x48, 0x8d, 0x64, 0x24, 8], [0x48, 0xf7, 0xdc], [0x0f, 0x05], [0x75, 0x02], [0x5b],
      [0xff, 0xe0], [0xf7, 0xc0, 1, 2, 3, 4], [0xe8, 0, 0, 0, 0], [0xc9], [0x48, 0x0f, 0x44, 0xe0],
    ] as [[UInt8]])
  func otherInstructions(code: [UInt8]) {
    #expect(HarmlessInstruction.size(code[...]) == nil)
  }

  /// A byte that is `ret`, or an operand; and jumps in front of aligned code.
  @Test func aligningByChance() {
    var code = [UInt8](repeating: 0x48, count: 64)
    code.replaceSubrange(13..<16, with: [0x49, 0x83, 0xc3])
    code.replaceSubrange(30..<32, with: [0xeb, 0x7f])
    code.replaceSubrange(45..<48, with: [0x5b, 0x5d, 0xc3])
    #expect(UndescribedCode(code, at: 0x1000).starts(aligned: 16, beside: []) == [0x1000, 0x1030])
  }

  @Test func longFunctionsHaveAnEnd() {
    let code = [UInt8](repeating: 0x48, count: 40_000)
    let actions = UndescribedCode(code, at: 0).actions(ofFunctionIn: 0..<40_000)
    #expect(actions.map(\.address) == [0, 32_768])
    #expect(actions.last?.action == .gap)
  }

  @Test func whereFunctionsBegin() {
    var code = [UInt8](repeating: 0x48, count: 96)
    code.replaceSubrange(0..<16, with: repeatElement(0x90, count: 16))
    // ret; nopw 0(%rax,%rax)
    code[37] = 0xc3
    code.replaceSubrange(38..<48, with: [0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0])
    code[63] = 0xc3
    // Not aligned.
    code[70] = 0xc3
    let starts = UndescribedCode(code, at: 0x1000).starts(aligned: 16, beside: [0x1047])
    #expect(starts == [0x1010, 0x1030, 0x1040, 0x1047])
    // A loop: what is jumped to is no function.
    code.replaceSubrange(80..<82, with: [0x75, 0xce])  // jnz 0x1020
    code.replaceSubrange(30..<32, with: [0xeb, 0x10])
    code.replaceSubrange(86..<92, with: [0x0f, 0x85, 0xd4, 0xff, 0xff, 0xff])  // jnz 0x1030
    let others = UndescribedCode(code, at: 0x1000).starts(aligned: 16, beside: [])
    #expect(others == [0x1010, 0x1040])
    #expect(!UndescribedCode([0x90, 0x66, 0x90, 0xcc], at: 0).hasInstructions)
  }

  @Test func rowsInTheGapsOfALibrary() throws {
    let folder = try TemporaryFolder()
    let path = try folder.compile(
      """
      int answer(void) { return 42; }
      __asm__(".text; .balign 64; .skip 64, 0x90\\n"
        ".globl plain; .type plain, @function\\n"
        "plain: dec %rdi; jnz plain; ret\\n"
        ".size plain, . - plain\\n"
        ".globl saving; .type saving, @function\\n"
        "saving: push %rbp; xor %ebp, %ebp; pop %rbp; ret\\n"
        ".size saving, . - saving\\n"
        ".skip 64, 0x90\\n");
      int second(void) { return 43; }
      """, ["-nostdlib", "-O2", "-fno-toplevel-reorder"])
    let image = try elfImage(path)
    let functions = image.functions(named: ["plain", "saving", "second"])
    let plain = try #require(functions["plain"])
    let saving = try #require(functions["saving"])
    let table = try UnwindTable(of: image)
    #expect(table.isStrictlyAscending)
    #expect(table.row(at: plain.lowerBound - 1)?.kind == RowKind.gap)
    for function in [plain, saving] {
      for address in function {
        let row = try #require(table.row(at: address))
        #expect(row.kind == RowKind.called)
        let begin = UInt64(row.pc - fb_called_distance(row.rawValue))
        #expect(begin == function.lowerBound)
      }
    }
    let pushed = try #require(table.row(at: saving.lowerBound + 1))
    #expect(fb_called_depth(pushed.rawValue) == 1)
    #expect(fb_called_rbp(pushed.rawValue) == 1)
    #expect(table.row(at: try #require(functions["second"]).lowerBound)?.kind == RowKind.sp)
  }
}
