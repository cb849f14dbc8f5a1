// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Symbolization

@Suite struct SymbolTableTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Every function with a size that nm lists is found at its first, a middle and its last byte.
  @Test(arguments: [
    "-O2 -pie -fPIE", "-O2 -no-pie", "-O2 -static", "-O0 -Wl,--build-id=none",
    "-O2 -Wl,-z,separate-code -ffunction-sections", "-O2 -Wl,-z,noseparate-code",
    "-O2 -fuse-ld=gold",
  ])
  func functionsAsNmListsThem(flags: String) throws {
    let source = try folder.file("a.cc", cxxSource)
    let program = try CompiledProgram(folder, "g++ \(flags) -o @ \(source)")
    let image = try program.image()
    // Without weak data, which is also of type `W`.
    let functions = try program.functions().filter { function in
      image.sections.contains {
        $0.isExecutable && function.address >= $0.address
          && function.address < $0.address + $0.size
      }
    }
    #expect(functions.count > 7)
    let table = SymbolTable([image])
    // As a local function, since a failed expectation prints the receiver: the whole table.
    func found(at address: UInt64) -> SymbolTable.Symbol? { table.symbol(at: address) }
    let byAddress = Dictionary(grouping: functions, by: \.address)
    for function in functions where function.size > 0 {
      for address in [
        function.address, function.address + function.size / 2,
        function.address + function.size - 1,
      ] {
        let found = try #require(
          found(at: address), "\(function) at \(address)")
        // Perhaps another name of the same address, or a function inside this one.
        let names = byAddress[found.start]?.map(\.name) ?? []
        #expect(names.contains(found.name))
        #expect(found.start <= address && address < found.end)
        #expect(found.start >= function.address)
      }
    }
  }

  @Test func dynamicSymbolsAreUsed() throws {
    let source = try folder.file("a.cc", cxxSource)
    let library = try CompiledProgram(
      folder, name: "liba.so", "g++ -O2 -shared -fPIC -o @ \(source); strip @")
    let functions = try library.functions("-D")
    #expect(functions.contains { $0.name == "plain_c" })
    let table = SymbolTable([try library.image()])
    for function in functions where "TW".contains(function.type) {
      #expect(table.symbol(at: function.address)?.start == function.address)
    }
  }

  /// Functions without a size or a type, aliases, and gaps between functions.
  let assembly = """
    .text
    .globl sized
    .type sized, @function
    sized: .fill 16, 1, 0x90
    .size sized, 16
    .fill 16, 1, 0x90            # a gap
    .globl unsized
    .type unsized, @function
    unsized: .fill 16, 1, 0x90   # ends at the next function
    .type local_name, @function
    local_name:
    .globl __other_name
    .type __other_name, @function
    __other_name:
    .globl good_name
    .type good_name, @function
    good_name:
    .weak weak_name
    .type weak_name, @function
    weak_name: .fill 8, 1, 0x90
    label_inside: .fill 8, 1, 0x90
    .size good_name, 16
    .size local_name, 16
    .size weak_name, 16
    .size __other_name, 16
    .globl notype
    notype: .fill 16, 1, 0x90
    .type outer, @function
    outer: .fill 8, 1, 0x90
    .type inner, @function
    inner: .fill 8, 1, 0x90
    .size inner, 8
    .fill 8, 1, 0x90
    .size outer, 24
    .globl giant
    .type giant, @function
    giant: .fill 4, 1, 0x90
    .size giant, 0x7fffffff
    .section .apart, "ax"
    .globl last
    .type last, @function
    last: .fill 16, 1, 0x90
    .section .data.x, "aw"
    .globl data
    data: .fill 64, 1, 0
    """

  func assembled() throws -> (SymbolTable, [String: UInt64]) {
    let source = try folder.file("a.s", assembly + "\n")
    let library = try CompiledProgram(
      folder, name: "liba.so",
      "gcc -shared -nostdlib -Wl,--section-start=.apart=0x9000 -o @ \(source)")
    var addresses: [String: UInt64] = [:]
    for line in try run("nm", library.path).split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count == 3 { addresses[String(fields[2])] = UInt64(fields[0], radix: 16) }
    }
    return (SymbolTable([try library.image()]), addresses)
  }

  @Test func gapsBelongToNoFunction() throws {
    let (table, addresses) = try assembled()
    let sized = try #require(addresses["sized"])
    #expect(table.symbol(at: sized + 15)?.name == "sized")
    #expect(table.symbol(at: sized + 16) == nil)
    #expect(table.symbol(at: sized + 31) == nil)
    #expect(table.symbol(at: sized - 1) == nil)
    #expect(table.symbol(at: 0) == nil)
    #expect(table.symbol(at: .max) == nil)
  }

  @Test func aFunctionWithoutASizeEndsAtTheNextOrWithItsSection() throws {
    let (table, addresses) = try assembled()
    let unsized = try #require(addresses["unsized"])
    #expect(table.symbol(at: unsized + 15)?.name == "unsized")
    #expect(table.symbol(at: unsized + 16)?.name == "good_name")
    let notype = try #require(addresses["notype"])
    #expect(table.symbol(at: notype + 15)?.name == "notype")
    let last = try #require(addresses["last"])
    #expect(table.symbol(at: last + 15)?.name == "last")
    #expect(table.symbol(at: last + 16) == nil)
    // A function whose size exceeds the section ends with the section.
    let giant = try #require(addresses["giant"])
    #expect(table.symbol(at: giant + 3)?.name == "giant")
    #expect(table.symbol(at: giant + 4) == nil)
  }

  @Test func theBestOfSeveralNames() throws {
    let (table, addresses) = try assembled()
    let good = try #require(addresses["good_name"])
    // Global before weak before local, fewer underscores first; labels inside are not functions.
    for offset: UInt64 in [0, 7, 8, 15] {
      #expect(table.symbol(at: good + offset)?.name == "good_name")
    }
  }

  @Test func functionsInsideFunctions() throws {
    let (table, addresses) = try assembled()
    let outer = try #require(addresses["outer"])
    #expect(table.symbol(at: outer)?.name == "outer")
    #expect(table.symbol(at: outer + 8)?.name == "inner")
    #expect(table.symbol(at: outer + 16)?.name == "outer")
  }

  @Test func dataIsNotAFunction() throws {
    let (table, addresses) = try assembled()
    #expect(table.symbol(at: try #require(addresses["data"])) == nil)
  }
}
