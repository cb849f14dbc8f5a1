// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Symbolization

@Suite struct DemanglerTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// All C++ names of libstdc++ are demangled as by c++filt.
  @Test func cxxNamesAreThoseOfCxxfilt() throws {
    let path = try run("g++", "-print-file-name=libstdc++.so").split(separator: "\n")[0]
    let names = try run("nm", "-D", "--defined-only", "--format=just-symbols", String(path))
      .split(separator: "\n").map { String($0.prefix { $0 != "@" }) }
      .filter { $0.hasPrefix("_Z") && !$0.contains(".") }
    #expect(names.count > 1000)
    let truth = try run("c++filt", input: names.joined(separator: "\n") + "\n")
      .split(separator: "\n").map(String.init)
    try #require(truth.count == names.count)
    let demangler = Demangler(.full)
    let different = zip(names, truth).filter { demangler.demangled($0) != $1 }
    #expect(different.isEmpty, "\(different.prefix(3))")

    let simple = Demangler(.simple)
    for name in names {
      let text = simple.demangled(name)
      #expect(!text.hasPrefix("_Z") && text.utf8.count <= demangler.demangled(name).utf8.count)
    }
  }

  @Test(arguments: [DemanglingStyle.full, .simple])
  func swiftNamesAreThoseOfSwiftDemangle(style: DemanglingStyle) throws {
    let source = try folder.file("main.swift", swiftSource)
    let program = try CompiledProgram(
      folder, "swiftc -O -module-cache-path \(folder.path)/cache -o @ \(source)")
    let names = Set(try program.functions().map(\.name).filter { $0.hasPrefix("$s") }).sorted()
    #expect(names.count > 5)
    let truth = try run(
      "swift", "demangle", "--compact", style == .simple ? "--simplified" : "--compact",
      input: names.joined(separator: "\n") + "\n"
    ).split(separator: "\n").map { withoutCopies(String($0), style) }
    try #require(truth.count == names.count)
    let demangler = Demangler(style)
    let different = zip(names, truth).filter { demangler.demangled($0) != $1 }
    #expect(different.isEmpty, "\(different.prefix(3))")
  }

  /// The text without the prefixes of copies, which the simple style omits and swift-demangle does not.
  func withoutCopies(_ text: String, _ style: DemanglingStyle) -> String {
    guard style == .simple else { return text }
    for prefix in ["specialized ", "partial apply for ", "merged "] where text.hasPrefix(prefix) {
      return withoutCopies(String(text.dropFirst(prefix.count)), style)
    }
    return text
  }

  @Test func dNamesAreThoseOfCxxfilt() throws {
    let names = [
      "_Dmain", "_D3std5stdio7writelnFZv", "_D8demangle4testFaZv", "_D8demangle4testFNaNbZi",
      "_DYNAMIC", "_D9",
    ]
    let truth = try run("c++filt", "-s", "dlang", input: names.joined(separator: "\n") + "\n")
    let text = names.map(Demangler(.full).demangled)
    #expect(text == truth.split(separator: "\n").map(String.init))
    #expect(text.contains("std.stdio.writeln()"))
  }

  /// Mangled, full, simple.
  @Test(arguments: [
    ("main", "main", "main"), ("", "", ""), ("_", "_", "_"), ("_Z", "_Z", "_Z"),
    ("$s", "$s", "$s"), ("_ZZZZ", "_ZZZZ", "_ZZZZ"), ("_R", "_R", "_R"),
    ("_Z3foov", "foo()", "foo"), ("_Z3foov.cold", "foo() [clone .cold]", "foo"),
    ("_Z3foov.part.0", "foo() [clone .part.0]", "foo"),
    ("_Z3foov.isra.0.cold", "foo() [clone .isra.0] [clone .cold]", "foo"),
    ("_Z3foov.llvm.123456", "foo() [clone .llvm.123456]", "foo"),
    ("bar.llvm.99", "bar.llvm.99", "bar"), ("bar.constprop.0.cold", "bar.constprop.0.cold", "bar"),
    (".cold", ".cold", ".cold"), ("dots.in.name", "dots.in.name", "dots.in.name"),
    ("x.party", "x.party", "x.party"), ("x.part", "x.part", "x"),
    ("_ZNK3foo3barIiEEDaT_", "auto foo::bar<int>(int) const", "foo::bar<int>"),
    ("_ZN3foolsIcEERS_S1_", "foo& foo::operator<< <char>(foo&)", "foo::operator<< <char>"),
    (
      "_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write::h0123456789abcdef",
      "core::fmt::write"
    ),
    (
      "_ZN4core3fmt5write17h0123456789abcdefE.llvm.77", "core::fmt::write::h0123456789abcdef",
      "core::fmt::write"
    ),
    ("_RNvC6_123foo3bar", "123foo[0]::bar", "123foo::bar"),
    ("_RNvCsdG5UKQH_7mycrate3foo.cold", "mycrate[b4e6e7940d]::foo", "mycrate::foo"),
  ])
  func singleNames(mangled: String, full: String, simple: String) {
    #expect(Demangler(.full).demangled(mangled) == full)
    #expect(Demangler(.simple).demangled(mangled) == simple)
    #expect(Demangler(.none).demangled(mangled) == mangled)
  }

  /// Every construction of Rust's two grammars is demangled as by c++filt.
  @Test func rustNamesAreThoseOfCxxfilt() throws {
    let truth = try run("c++filt", input: rustNames.joined(separator: "\n") + "\n")
      .split(separator: "\n").map(String.init)
    try #require(truth.count == rustNames.count)
    for (name, text) in zip(rustNames, truth) {
      #expect(Demangler(.full).demangled(name) == text)
      #expect(text != name, "c++filt does not demangle this example")
    }
  }

  /// Constants that are newer than RFC 2603 and that c++filt does not support, as Rust's own demangler
  /// prints them.
  @Test(arguments: [
    ("Re616263_", "\"abc\""), ("Re22_", "\"\\\"\""), ("RAh1_h2_E", "{&[1, 2]}"),
    ("e616263_", "{*\"abc\"}"), ("Th1_E", "{(1,)}"), ("Th1_h2_E", "{(1, 2)}"),
    ("VNtC3foo1SU", "{foo::S}"), ("VNtC3foo1STh1_E", "{foo::S(1)}"),
    ("VNtC3foo1SS1xh1_1yb0_E", "{foo::S { x: 1, y: false }}"),
  ])
  func structuresInRustNames(constant: String, text: String) {
    let name = "_RINvC3foo3barK\(constant)E"
    #expect(Demangler(.simple).demangled(name) == "foo::bar::<\(text)>")
  }

  @Test(arguments: [
    // Back-references to themselves, to later positions, in cycles; deep nesting; endless lists.
    "_RB_", "_RNvB_3foo", "_RIB0_E", "_RNvC3fooB1_3bar", "_RMC0B4_",
    "_RINvC3foo3bar" + String(repeating: "T", count: 5000) + "E",
    "_RINvC3foo3barTB9_B9_B9_EE", "_RINvC3foo3bar" + String(repeating: "R", count: 7000) + "uE",
    "_RNvC99999999999999999999foo3bar", "_RNvCszzzzzzzzzzzzzzzzzzzzzzzzz_3foo3bar",
    "_RINvC3foo3barFGzzzzzzzzzz_EuE", "_RNvC3foou9aaaaaaaaa", "_RNvC3foou9999999_9",
    "_RINvC3foo3barKhffffffffffffffffffffffffffffffff_E", "_RINvC3foo3barKhE",
    "_ZN99999999999999999999999999999999917h0123456789abcdefE", "_ZN17h0123456789abcdefE",
    "_ZN3foo17h0123456789abcdef", "_ZN0003foo17h0123456789abcdefE",
  ])
  func hostileRustNames(name: String) {
    for style in [DemanglingStyle.full, .simple] {
      #expect(Demangler(style).demangled(name).utf8.count <= Demangler.longestOutput + 4096)
    }
  }

  @Test func veryLongNamesAreNotDemangled() {
    let name = "_Z" + String(repeating: "1a", count: 10_000)
    #expect(Demangler().demangled(name) == name)
    // A short name in which each element doubles the one that it refers back to.
    let bomb = "_Z1fI" + String(repeating: "S_S_", count: 1500) + "Ev"
    #expect(Demangler().demangled(bomb).utf8.count <= Demangler.longestOutput)
  }

  @Test func randomNamesDoNotTrap() {
    var generator = SeededGenerator(state: 7)
    let letters = Array("_ZNKSt3abcIvE0123456789$sLTRF.yxBCDMXYpu")
    for prefix in ["_Z", "_ZN", "$s", "_T0", "_$S", "_R", "_RNv", "_RINvC3foo3bar"] {
      for _ in 0..<500 {
        let length = Int.random(in: 0..<60, using: &generator)
        let tail = (0..<length).map { _ in letters.randomElement(using: &generator) ?? "_" }
        for style in DemanglingStyle.allCases {
          _ = Demangler(style).demangled(prefix + String(tail))
        }
      }
    }
  }
}
