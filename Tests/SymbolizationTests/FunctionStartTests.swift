// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import TestSupport
import Testing

@testable import Symbolization

/// Functions without a symbol, by the call frame information that stripped files keep; the truth is in
/// the file before it was stripped.
@Suite struct FunctionStartTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func starts(_ names: ModuleNames) -> [UInt64?] { names.entries.map(\.functionStart) }

  /// Every second byte of every function has the function's first byte as its start, and what is
  /// between functions has none.
  @Test(arguments: [
    "g++ -O2", "g++ -O2 -no-pie", "g++ -O0", "g++ -O2 -fuse-ld=gold", "clang++ -O2",
    "g++ -O2 -static-pie", "g++ -Os -fno-exceptions -Wl,-z,noseparate-code",
  ])
  func eachFunctionOfAStrippedProgramHasOneStart(command: String) throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "\(command) -o @ \(source)")
    let known = ["shapes", "plain_c", "main", "twist"]
    let all = try program.functions()
    let functions = all.filter { function in
      known.contains { function.name.contains($0) }
    }
    #expect(functions.count > 3)
    try run("strip", program.path)
    let ends = functions.map { $0.address + $0.size }
    for function in functions {
      let inside = Array(
        stride(from: function.address, to: function.address + function.size, by: 2))
      let names = try program.names(at: inside)
      #expect(names.entries.allSatisfy { $0.frames.isEmpty }, "\(function.name)")
      #expect(starts(names).allSatisfy { $0 == function.address }, "\(function.name)")
    }
    // Padding, unless another function begins there.
    let holes = ends.filter { end in !all.contains { $0.address == end } }
    #expect(try starts(program.names(at: holes)).allSatisfy { $0 == nil })
  }

  /// What has a name keeps it, and needs no start.
  @Test func namedFunctionsHaveNoStart() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ -O2 -o @ \(source)")
    let addresses = try program.functions().filter { $0.size > 0 }.map(\.address)
    let names = try program.names(at: addresses)
    #expect(names.entries.allSatisfy { !$0.frames.isEmpty && $0.functionStart == nil })
  }

  /// One entry describes all stubs: they are not one function.
  @Test func stubsAreNoFunction() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ -O2 -Wl,-z,lazy -o @ \(source); strip @")
    let stubs = try #require(try program.image().section(named: ".plt"))
    let names = try program.names(
      at: Array(stride(from: stubs.address, to: stubs.address + stubs.size, by: 4)))
    #expect(starts(names).allSatisfy { $0 == nil })
    #expect(names.entries.contains { !$0.frames.isEmpty })
  }

  @Test func withoutCallFrameInformationNothingIsMadeUp() throws {
    let source = try folder.file(
      "a.c", "int f(int x) { return x * x; } int main() { return f(3); }")
    let program = try CompiledProgram(
      folder, "gcc -O0 -fno-asynchronous-unwind-tables -o @ \(source)")
    let function = try #require(try program.functions().first { $0.name == "f" })
    try run("strip", program.path)
    let names = try program.names(at: [function.address, function.address + 5])
    #expect(names.entries.allSatisfy { $0.frames.isEmpty && $0.functionStart == nil })
  }

  /// `frame_dummy` of gcc's `crtbegin.o` has no size, and the code of the program follows it.
  @Test(arguments: ["", "-fno-asynchronous-unwind-tables"])
  func theCompilersLastFunctionEndsBeforeTheProgram(flags: String) throws {
    let source = try folder.file(
      "a.c", "int f(int x) { return x * x; } int main() { return f(3); }")
    let program = try CompiledProgram(folder, "gcc -O0 \(flags) -o @ \(source)")
    let functions = try program.functions()
    let truths = try ["f", "main"].map { name in
      try #require(functions.first { $0.name == name })
    }
    try run("strip", "-K", "frame_dummy", program.path)
    let table = SymbolTable([try program.image()])
    for function in truths {
      let inside = Array(function.address..<function.address + function.size)
      #expect(inside.allSatisfy { table.symbol(at: $0) == nil }, "\(function.name)")
      let start = flags.isEmpty ? function.address : nil
      #expect(try starts(program.names(at: inside)).allSatisfy { $0 == start })
    }
    // It still has its name.
    let line = try #require(
      try run("nm", program.path).split(separator: "\n").first { $0.hasSuffix("frame_dummy") })
    let own = try #require(UInt64(line.prefix { $0 != " " }, radix: 16))
    #expect(table.symbol(at: own + 4)?.name == "frame_dummy")
  }

  /// Symbols without a size, in front of functions without a symbol, and with functions of their own.
  @Test func symbolsWithoutASizeEndWhereAFunctionBegins() throws {
    let source = try folder.file(
      "a.s",
      """
      .text
      .globl early
      .type early, @function
      early: .fill 16, 1, 0x90
      .cfi_startproc
      .fill 32, 1, 0x90
      .cfi_endproc
      .globl covered
      .type covered, @function
      covered:
      .cfi_startproc
      .fill 16, 1, 0x90
      .cfi_endproc
      .fill 16, 1, 0x90
      .cfi_startproc
      .fill 8, 1, 0x90
      .globl entry
      entry: .fill 8, 1, 0x90
      .cfi_endproc

      """)
    let library = try CompiledProgram(
      folder, name: "liba.so", "gcc -shared -nostdlib -o @ \(source)")
    let text = try #require(try library.image().section(named: ".text")).address
    let names = try library.names(
      at: [0, 15, 16, 47, 48, 63, 64, 79, 80, 88, 95].map { text + $0 })
    let found = names.entries.indices.map { index in
      names.outermost(of: index) ?? names.entries[index].functionStart.map { "+\($0 - text)" }
        ?? "?"
    }
    #expect(
      found == [
        "early", "early", "+16", "+16", "covered", "covered", "?", "?", "+80", "entry", "entry",
      ])
  }

  /// A file cut at any length, and with bytes changed, has the right starts or none.
  @Test func brokenFilesDoNotTrap() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ -O2 -o @ \(source); strip @")
    let whole = try contents(of: program.path)
    let segment = try #require(try program.image().segments.first { $0.type == 0x6474_e550 })
    let unwinding = Int(segment.fileOffset)..<min(Int(segment.fileOffset) + 1500, whole.count)
    var generator = SeededGenerator(state: 9)
    for round in 0..<400 {
      var bytes = whole
      for _ in 0..<(1 << (round % 6)) {
        bytes[Int.random(in: unwinding, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      if round % 8 == 0 { bytes.removeLast(Int.random(in: 0..<whole.count, using: &generator)) }
      guard let image = ElfImage(BytesInMemory(bytes)) else { continue }
      let ranges = FunctionRanges(image)
      for address in stride(from: UInt64(0x1000), to: 0x2000, by: 16) {
        #expect(ranges.range(holding: address)?.contains(address) != false)
        #expect(ranges.start(after: address).map { $0 > address } != false)
      }
    }
  }
}
