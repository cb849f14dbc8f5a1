// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Symbolization

@Suite struct DemanglerTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// All C++ names of a library that every Debian with a C++ compiler has.
  @Test func cxxNamesAsCxxfiltWritesThem() throws {
    let path = try run("g++", "-print-file-name=libstdc++.so").split(separator: "\n")[0]
    let names = try run("nm", "-D", "--defined-only", "--format=just-symbols", String(path))
      .split(separator: "\n").map { String($0.prefix { $0 != "@" }) }
      .filter { $0.hasPrefix("_Z") && !$0.contains(".") }
    #expect(names.count > 1000)
    let truth = try run("c++filt", "--no-verbose", input: names.joined(separator: "\n") + "\n")
      .split(separator: "\n").map(String.init)
    try #require(truth.count == names.count)
    let demangler = Demangler()
    let different = zip(names, truth).filter { demangler.demangled($0) != $1 }
    #expect(different.isEmpty, "\(different.prefix(3))")
  }

  /// Names of a Swift program, simplified.
  @Test func swiftNamesAsSwiftDemangleWritesThem() throws {
    let source = try folder.file("main.swift", swiftSource)
    let program = try CompiledProgram(
      folder, "swiftc -O -module-cache-path \(folder.path)/cache -o @ \(source)")
    let names = Set(try program.functions().map(\.name).filter { $0.hasPrefix("$s") }).sorted()
    #expect(names.count > 5)
    let truth = try run(
      "swift", "demangle", "--simplified", "--compact",
      input: names.joined(separator: "\n") + "\n"
    ).split(separator: "\n").map(String.init)
    try #require(truth.count == names.count)
    let demangler = Demangler()
    let different = zip(names, truth).filter { demangler.demangled($0) != $1 }
    #expect(different.isEmpty, "\(different.prefix(3))")
  }

  @Test(arguments: [
    ("main", "main"), ("", ""), ("_", "_"), ("_Z", "_Z"), ("$s", "$s"), ("_ZZZZ", "_ZZZZ"),
    ("_Z3foov", "foo()"), ("_Z3foov.cold", "foo().cold"), ("_Z3foov.part.0", "foo().part.0"),
    ("_Z3foov.llvm.123456", "foo()"), ("bar.llvm.99", "bar"),
    ("bar.constprop.0.cold", "bar.constprop.0.cold"), ("_Z3foov.cold.llvm.7", "foo().cold"),
    (".cold", ".cold"), ("dots.in.name", "dots.in.name"),
    ("___Z3foov_block_invoke", "invocation function for block in foo()"),
  ])
  func singleNames(mangled: String, shown: String) {
    let text = Demangler().demangled(mangled)
    #expect(text == shown || (mangled.hasPrefix("___Z") && !text.isEmpty))
  }

  @Test func hugeNamesAreLeftAlone() {
    let name = "_Z" + String(repeating: "1a", count: 10_000)
    #expect(Demangler().demangled(name) == name)
    // Short, but hostile: each step doubles what it refers back to.
    let bomb = "_Z1fI" + String(repeating: "S_S_", count: 1500) + "Ev"
    #expect(Demangler().demangled(bomb).utf8.count <= Demangler.longestOutput)
  }

  @Test func randomNamesDoNotTrap() {
    var generator = SeededGenerator(state: 7)
    let letters = Array("_ZNKSt3abcIvE0123456789$sLTRF.yx")
    for prefix in ["_Z", "_ZN", "$s", "_T0", "_$S"] {
      for _ in 0..<500 {
        let length = Int.random(in: 0..<60, using: &generator)
        let tail = (0..<length).map { _ in letters.randomElement(using: &generator) ?? "_" }
        _ = Demangler().demangled(prefix + String(tail))
      }
    }
  }
}
