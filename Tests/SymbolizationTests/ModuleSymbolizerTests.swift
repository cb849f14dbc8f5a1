// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectFiles
import TestSupport
import Testing

@testable import Symbolization

@Suite struct ModuleSymbolizerTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Addresses in all functions of a program, `step` bytes apart.
  func addresses(in program: CompiledProgram, step: UInt64 = 3) throws -> [UInt64] {
    let image = try program.image()
    let text = try #require(image.section(named: ".text"))
    let all = try program.functions().filter {
      $0.address >= text.address && $0.address < text.address + text.size
    }
    return Set(all.flatMap { stride(from: $0.address, to: $0.address + $0.size, by: Int(step)) })
      .sorted()
  }

  /// The frames of the Swift toolchain's llvm-symbolizer: for each address, innermost first,
  /// `function file:line`.
  func framesOfLlvmSymbolizer(_ program: CompiledProgram, _ addresses: [UInt64]) throws
    -> [[String]]
  {
    let input = addresses.map { "0x" + String($0, radix: 16) }.joined(separator: "\n") + "\n"
    let text = try run(
      "sh", "-c",
      "\(try Tool.ofSwift("llvm-symbolizer")) --no-demangle -e \(program.path)",
      input: input)
    var answers: [[String]] = [[]]
    var function: Substring?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        answers.append([])
      } else if function == nil {
        // The outermost name is that of the symbol table: `main.cold` is `main` in DWARF.
        function = line.prefix { $0 != "." }
      } else if let name = function {
        let fields = (line.split(separator: "/").last ?? "").split(separator: ":")
        answers[answers.count - 1].append(
          "\(name) \(fields[0].replacing("??", with: "?")):\(fields[1])")
        function = nil
      }
    }
    return Array(answers.prefix(addresses.count))
  }

  /// A name with base constructors and destructors instead of complete ones (C1, D1): they are often one
  /// function.
  func withoutAlias(_ line: String) -> String {
    line.replacing("C1E", with: "C2E").replacing("D1E", with: "D2E")
  }

  /// Inlined calls and lines, by gcc's and clang's DWARF.
  @Test(arguments: [
    "g++ -g -O2", "g++ -g -O0", "g++ -gdwarf-4 -O2", "g++ -g -O2 -gz=zlib",
    "g++ -g -O2 -no-pie", "clang++ -gdwarf-4 -O2",
  ])
  func framesAreThoseOfLlvmSymbolizer(command: String) throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "\(command) -o @ \(source)")
    let addresses = try addresses(in: program)
    let names = try program.names(at: addresses)
    let truth = try framesOfLlvmSymbolizer(program, addresses)
    try #require(truth.count == addresses.count)
    var different: [String] = []
    var inlined = 0
    for index in addresses.indices {
      let ours = names.lines(of: index)
      if ours.count > 1 { inlined += 1 }
      if ours.map(withoutAlias) != truth[index].map(withoutAlias) {
        different.append("\(ours) != \(truth[index])")
      }
    }
    #expect(addresses.count > 100)
    #expect(inlined > 10 || command.contains("-O0"))
    #expect(different.isEmpty, "\(different.count): \(different.prefix(5))")
  }

  @Test func functionsHaveTheirFileAndFirstLine() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ -g -O2 -o @ \(source)")
    let plain = try #require(try program.functions().first { $0.name == "plain_c" })
    let names = try program.names(at: [plain.address])
    let frame = try #require(names.entries[0].frames.last)
    let function = names.functions[Int(frame.function)]
    #expect(function.name == "plain_c")
    #expect(function.file.hasSuffix("/a.cc"))
    let line = cxxSource.split(separator: "\n", omittingEmptySubsequences: false)
      .firstIndex { $0.contains("plain_c(int x)") }
    #expect(function.startLine == line.map { UInt32($0 + 1) })
    #expect(!frame.isInlined)
  }

  @Test func cxxNamesAreDemangled() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ -g -O2 -o @ \(source)")
    let names = try program.names(at: try addresses(in: program))
    let texts = Set(names.functions.map(\.name))
    #expect(texts.contains("shapes::area(std::vector<int, std::allocator<int> > const&)"))
    #expect(texts.contains("shapes::Box<double>::grow(double) const"))
    #expect(!texts.contains { $0.hasPrefix("_Z") })
  }

  @Test func swiftFunctionsAndTheirLines() throws {
    let source = try folder.file("main.swift", swiftSource)
    let program = try CompiledProgram(
      folder, "swiftc -g -O -module-cache-path \(folder.path)/cache -o @ \(source)")
    let addresses = try addresses(in: program)
    let names = try program.names(at: addresses)
    let symbols = SymbolTable([try program.image()])
    for (index, address) in addresses.enumerated() {
      let symbol = try #require(symbols.symbol(at: address))
      let outermost = try #require(names.outermost(of: index))
      #expect(outermost == symbol.name)
    }
    let texts = Set(names.functions.map(\.name))
    #expect(texts.contains { $0.contains("turn") && !$0.hasPrefix("$s") })
    #expect(
      names.entries.contains { entry in
        entry.frames.contains { names.files[Int($0.file)].hasSuffix("main.swift") && $0.line == 5 }
      })
  }

  @Test(arguments: ["build id", "debug link", "debug link in .debug", "debug link below the root"])
  func separateDebugFiles(kind: String) throws {
    let source = try folder.file("a.cc", cxxSource)
    let buildID = kind == "build id" ? "" : "-Wl,--build-id=none"
    let program = try CompiledProgram(folder, "g++ -g -O2 \(buildID) -o @ \(source)")
    let addresses = try addresses(in: program)
    let whole = try program.names(at: addresses)
    let debug = "\(folder.path)/program.debug"
    try run("objcopy", "--only-keep-debug", program.path, debug)
    let root = "\(folder.path)/root"
    if kind == "build id" {
      let id = try #require(try program.image().buildID).description
      try run("mkdir", "-p", "\(root)/.build-id/\(id.prefix(2))")
      try run("strip", program.path)
      try run("mv", debug, "\(root)/.build-id/\(id.prefix(2))/\(id.dropFirst(2)).debug")
    } else {
      try run("strip", program.path)
      try run("objcopy", "--add-gnu-debuglink=\(debug)", program.path)
      if kind == "debug link in .debug" {
        try run("mkdir", "\(folder.path)/.debug")
        try run("mv", debug, "\(folder.path)/.debug/")
      } else if kind == "debug link below the root" {
        try run("mkdir", "-p", "\(root)\(folder.path)")
        try run("mv", debug, "\(root)\(folder.path)/")
      }
    }
    let split = try program.names(at: addresses, debugRoots: [root])
    for index in addresses.indices {
      #expect(split.lines(of: index) == whole.lines(of: index))
    }
  }

  @Test func debugFilesOfAnotherBuildAreRefused() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ -g -O2 -Wl,--build-id=none -o @ \(source)")
    let area = try #require(try program.functions().first { $0.name.contains("area") })
    let debug = "\(folder.path)/program.debug"
    try run("objcopy", "--only-keep-debug", program.path, debug)
    try run(
      "sh", "-ec", "strip \(program.path); objcopy --add-gnu-debuglink=\(debug) \(program.path)")
    #expect(try program.names(at: [area.address]).outermost(of: 0) == area.name)
    try run("sh", "-ec", "echo >> \(debug)")
    #expect(try program.names(at: [area.address]).entries[0].frames.isEmpty)
  }

  @Test func tooMuchDebugInformationIsNotRead() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ -g -O2 -o @ \(source)")
    let area = try #require(try program.functions().first { $0.name.contains("area") })
    let names = try program.names(at: [area.address + 1], debugLimit: 100)
    #expect(names.lines(of: 0) == ["\(area.name) ?:0"])
  }

  /// An address that no function holds has no name, also behind a symbol without a size.
  @Test func addressesOutsideOfFunctionsHaveNoName() throws {
    let source = try folder.file("a.c", "int main(void) { return 0; }")
    let program = try CompiledProgram(folder, "gcc -g -O2 -o @ \(source); strip @")
    let text = try #require(try program.image().section(named: ".text"))
    let names = try program.names(at: [text.address])
    #expect(names.entries[0].frames.isEmpty)
    #expect(names.entries[0].address == text.address)
    #expect(names.buildID != nil)
    #expect(names.segment.map { $0.address <= text.address } == true)
  }

  /// Files cut at random lengths, and with random bytes changed, neither trap nor hang.
  @Test func brokenFilesDoNotTrap() throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ -g -O2 -o @ \(source)")
    let whole = try contents(of: program.path)
    let addresses = try addresses(in: program, step: 40)
    var generator = SeededGenerator(state: 4)
    let symbolizer = ModuleSymbolizer(
      debugFiles: DebugFiles(.withoutDebugFiles), options: .withoutDebugFiles)
    for round in 0..<200 {
      var bytes = whole
      if round % 4 == 0 {
        bytes = Array(whole.prefix(Int.random(in: 0..<whole.count, using: &generator)))
      } else {
        // In turn: in the file's header, in the section headers, anywhere.
        let end = round % 4 == 1 ? 1024 : whole.count
        let start = round % 4 == 2 ? whole.count - 4096 : 0
        for _ in 0..<(1 << (round % 9)) {
          bytes[Int.random(in: start..<end, using: &generator)] = UInt8.random(
            in: 0...255, using: &generator)
        }
      }
      guard !bytes.isEmpty else { continue }
      let path = try folder.file("broken\(round)", bytes)
      let file = try OpenFile(opening: path)
      _ = symbolizer.names(
        for: ModuleRequest(source: file, path: path, question: .object(addresses)), Demangler(.full)
      )
      try FileManager.default.removeItem(atPath: path)
    }
  }

  @Test func theVdsoHasNames() throws {
    let image = try #require(Vdso.image())
    let elf = try #require(ElfImage(image))
    let segment = try #require(elf.executableSegment())
    let symbolizer = ModuleSymbolizer(
      debugFiles: DebugFiles(.withoutDebugFiles), options: .withoutDebugFiles)
    let offsets = Array(segment.fileOffset..<segment.fileOffset + segment.fileSize)
    let names = try #require(
      symbolizer.names(
        for: ModuleRequest(source: image, path: "[vdso]", question: .object(offsets)),
        Demangler(.full)))
    #expect(names.functions.contains { $0.name.contains("clock_gettime") })
  }
}
