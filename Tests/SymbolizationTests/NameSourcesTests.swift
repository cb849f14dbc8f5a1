// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Symbolization

/// All sources of names, each in files that the test makes.
@Suite struct NameSourcesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func program(_ flags: String, compiler: String = "g++") throws -> CompiledProgram {
    let source = try folder.file("a.cc", cxxSource)
    return try CompiledProgram(folder, "cd \(folder.path); \(compiler) \(flags) -o @ \(source)")
  }

  func addresses(in program: CompiledProgram) throws -> [UInt64] {
    let text = try #require(try program.image().section(named: ".text"))
    return Array(stride(from: text.address, to: text.address + text.size, by: 5))
  }

  func lines(_ program: CompiledProgram, _ addresses: [UInt64], roots: [String] = []) throws
    -> [[String]]
  {
    let names = try program.names(at: addresses, debugRoots: roots)
    return addresses.indices.map(names.lines)
  }

  @Test func miniDebugInformation() throws {
    let program = try program("-O0")
    let local = try #require(try program.functions().first { $0.name == "_ZL5twisti" })
    try run(
      "sh", "-ec",
      """
      cd \(folder.path)
      objcopy --only-keep-debug program debug
      objcopy -S --keep-symbol=\(local.name) debug mini
      xz mini
      strip program
      """)
    #expect(try program.names(at: [local.address]).outermost(of: 0) == nil)
    try run(
      "objcopy", "--add-section", ".gnu_debugdata=\(folder.path)/mini.xz", program.path)
    #expect(try program.names(at: [local.address]).outermost(of: 0) == local.name)
  }

  @Test func brokenMiniDebugInformationIsIgnored() throws {
    let program = try program("-O2")
    let broken = try folder.file("broken.xz", [UInt8](repeating: 7, count: 500))
    try run("objcopy", "--add-section", ".gnu_debugdata=\(broken)", program.path)
    #expect(MiniDebugInformation.image(of: try program.image()) == nil)
    let main = try #require(try program.functions().first { $0.name == "main" })
    #expect(try program.names(at: [main.address]).outermost(of: 0) == "main")
  }

  /// Names of stubs are those of objdump.
  @Test(arguments: [
    "-O2", "-O2 -fcf-protection=full -Wl,-z,ibtplt", "-O2 -Wl,-z,now", "-O2 -no-pie",
    "-O2 -Wl,-z,lazy", "-O2 -fno-plt -Wl,-z,now",
  ])
  func stubsOfOtherLibraries(flags: String) throws {
    let program = try program(flags)
    try run("strip", program.path)
    let labels = try run(
      "objdump", "-d", "-j", ".plt", "-j", ".plt.got", "-j", ".plt.sec", program.path
    )
    .split(separator: "\n").compactMap { line -> (UInt64, String)? in
      let parts = line.split(separator: " ")
      guard parts.count == 2, parts[1].hasSuffix("@plt>:"),
        let address = UInt64(parts[0], radix: 16)
      else { return nil }
      return (address, String(parts[1].dropFirst().dropLast(2)))
    }
    let image = try program.image()
    let table = SymbolTable([image])
    #expect(labels.count >= (flags.contains("no-plt") ? 1 : 2))
    for (address, label) in labels {
      #expect(table.symbol(at: address)?.name == label)
      #expect(table.symbol(at: address + 7)?.name == label)
    }
    // The first stub, which the others jump to, belongs to no function.
    if flags.contains("lazy"), let plt = image.section(named: ".plt") {
      #expect(table.symbol(at: plt.address) == nil)
    }
  }

  @Test(arguments: [
    ("g++", "-g -O2 -gsplit-dwarf"), ("g++", "-gdwarf-4 -O2 -gsplit-dwarf"),
    ("clang++", "-gdwarf-5 -O2 -gsplit-dwarf"), ("clang++", "-gdwarf-4 -O2 -gsplit-dwarf"),
  ])
  func splitUnits(compiler: String, flags: String) throws {
    let whole = try program(flags.replacing("-gsplit-dwarf", with: ""), compiler: compiler)
    let addresses = try addresses(in: whole)
    let truth = try lines(whole, addresses)
    #expect(truth.contains { $0.count > 2 })

    let split = try program(flags, compiler: compiler)
    #expect(try lines(split, addresses) == truth)
    try run("sh", "-ec", "cd \(folder.path); mkdir moved; mv *.dwo moved")
    let missing = try split.names(at: addresses)
    #expect(missing.limits == [.splitMissing])
    #expect(missing.entries.allSatisfy { $0.frames.count <= 1 })
    #expect(try lines(split, addresses, roots: ["\(folder.path)/moved"]) == truth)
  }

  /// Without an id on both sides nothing shows that a `.dwo` file belongs to the program.
  @Test(arguments: [true, false])
  func splitUnitsWithoutAnID(inProgram: Bool) throws {
    let split = try program("-gdwarf-4 -O2 -gsplit-dwarf")
    let addresses = try addresses(in: split)
    #expect(try split.names(at: addresses).limits.isEmpty)
    // DW_AT_GNU_dwo_id, DW_FORM_data8 becomes an attribute that no reader knows.
    let script = """
      import sys
      bytes = open(sys.argv[1], "rb").read()
      assert b"\\xb1\\x42\\x07" in bytes
      open(sys.argv[1], "wb").write(bytes.replace(b"\\xb1\\x42\\x07", b"\\xbf\\x42\\x07"))
      """
    let file = inProgram ? split.path : "$(echo \(folder.path)/*.dwo)"
    try run("sh", "-ec", "/usr/bin/python3 -c '\(script)' \(file)")
    let names = try split.names(at: addresses)
    #expect(names.limits == [.splitMissing])
    #expect(names.entries.allSatisfy { $0.frames.count <= 1 })
  }

  @Test(arguments: ["-g -O2 -gsplit-dwarf", "-gdwarf-4 -O2 -gsplit-dwarf"])
  func packagesOfSplitUnits(flags: String) throws {
    let helper = try folder.file("b.cc", "int help(int x) { return x * 3; }")
    let program = try program("\(flags) \(helper)")
    let addresses = try addresses(in: program)
    let truth = try lines(program, addresses)
    // LLVM's, since the dwp of binutils supports DWARF 4 only.
    try run("sh", "-ec", "cd \(folder.path); llvm-dwp -e program -o program.dwp; rm *.dwo")
    #expect(try lines(program, addresses) == truth)
  }

  @Test func supplementsOfDwz() throws {
    let program = try program("-g -O2")
    let addresses = try addresses(in: program)
    let truth = try lines(program, addresses)
    try run(
      "sh", "-ec",
      "cd \(folder.path); cp program twin; dwz -m common.debug -M \(folder.path)/common.debug program twin"
    )
    #expect(try program.image().section(named: ".gnu_debugaltlink") != nil)
    #expect(try lines(program, addresses) == truth)
    try run("rm", "\(folder.path)/common.debug")
    let without = try program.names(at: addresses)
    #expect(without.limits == [.supplementMissing])
  }

  @Test(arguments: ["zlib", "zlib-gnu"])
  func packedSections(format: String) throws {
    let program = try program("-g -O2")
    let addresses = try addresses(in: program)
    let truth = try lines(program, addresses)
    try run("objcopy", "--compress-debug-sections=\(format)", program.path)
    #expect(try lines(program, addresses) == truth)
  }

  @Test func sectionsPackedByZstdAreReported() throws {
    let program = try program("-g -O2")
    let main = try #require(try program.functions().first { $0.name == "main" })
    try run("objcopy", "--compress-debug-sections=zstd", program.path)
    let names = try program.names(at: [main.address])
    #expect(names.limits == [.packedByZstd])
    #expect(names.lines(of: 0) == ["main ?:0"])
  }

  @Test func tooMuchDebugInformationIsReported() throws {
    let program = try program("-g -O2")
    let main = try #require(try program.functions().first { $0.name == "main" })
    #expect(try program.names(at: [main.address], debugLimit: 100).limits == [.tooLarge])
  }

  @Test func debugFilesDirectlyInARoot() throws {
    let program = try program("-g -O2 -Wl,--build-id=none")
    let addresses = try addresses(in: program)
    let truth = try lines(program, addresses)
    try run(
      "sh", "-ec",
      """
      cd \(folder.path); mkdir elsewhere
      objcopy --only-keep-debug program elsewhere/program.debug
      strip program; objcopy --add-gnu-debuglink=elsewhere/program.debug program
      """)
    #expect(try lines(program, addresses, roots: ["\(folder.path)/elsewhere"]) == truth)
  }
}
