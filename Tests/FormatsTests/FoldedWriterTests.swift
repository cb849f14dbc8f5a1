// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

struct FoldedWriterTests {
  private func lines(_ profile: Profile, annotate: Bool = false) -> [String] {
    let bytes = (try? FoldedWriter(annotate: annotate).bytes(of: profile)) ?? []
    let text = String(decoding: bytes, as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }

  private func path(of line: String) -> Substring {
    line[..<(line.lastIndex(of: " ") ?? line.endIndex)]
  }

  /// As flamegraph.pl takes a line apart: the count is the last number.
  private func total(_ lines: [String]) -> UInt64 {
    lines.reduce(0) { $0 + (UInt64($1.split(separator: " ").last ?? "") ?? 0) }
  }

  @Test func golden() throws {
    try Golden.compare(FoldedWriter().bytes(of: serverProfile()), with: "server.folded")
    try Golden.compare(
      FoldedWriter(annotate: true).bytes(of: serverProfile()), with: "server-annotated.folded")
  }

  @Test func totalsAreKept() {
    for profile in [serverProfile(), hostileProfile(), realisticProfile(stacks: 200)] {
      #expect(total(lines(profile)) == profile.totalCount)
      #expect(total(lines(profile, annotate: true)) == profile.totalCount)
    }
  }

  @Test func pathsAreDistinctAndInOrderOfBytes() {
    let paths = lines(realisticProfile(stacks: 300)).map { Array(path(of: $0).utf8) }
    #expect(paths.count > 200)
    for (a, b) in zip(paths, paths.dropFirst()) { #expect(a.lexicographicallyPrecedes(b)) }
  }

  @Test(arguments: [
    ("plain", "plain"),
    ("a;b", "a:b"),
    ("a\r\nb\nc", "abc"),
    ("\u{1b}[0m\t", "\\x1b[0m\\x09"),
    ("thread 12 5", "thread 12_5"),
    ("version 1.5", "version_1.5"),
    ("version 1.", "version_1."),
    ("address 1.2.3.4", "address 1.2.3.4"),
    ("half .5", "half .5"),
    ("x86 64", "x86_64"),
    ("tail12", "tail12"),
    ("12", "12"),
    (" 12", "_12"),
    ("", "[unknown]"),
    ("\n", "[unknown]"),
    (
      "f(int, char const*)::{lambda()#1}::operator()() const",
      "f(int, char const*)::{lambda()#1}::operator()() const"
    ),
    ("(anonymous namespace)::f(a -> b)", "(anonymous namespace)::f(a -> b)"),
    ("f_[k]", "f_(k)"), ("f_[j]", "f_(j)"), ("f_[i]", "f_(i)"), ("_[k]", "_[k]"), ("f[k]", "f[k]"),
    ("f 42 1.5: g", "f 42_1.5: g"), ("a 1 [000] 12.345678:", "a 1 [000]_12.345678:"),
    ("f 42 1:5: g", "f 42 1:5: g"), ("1.5: g", "1.5: g"),
  ])
  func names(name: String, expected: String) {
    #expect(FoldedName.frame(name) == expected)
  }

  @Test func blanksInCommBecomeUnderscores() {
    #expect(String(decoding: FoldedName.comm("io worker 1"), as: UTF8.self) == "io_worker_1")
  }

  @Test(arguments: [
    ("#main", "_main"), ("{lambda()#1}", "_lambda()#1}"), ("@[x", "_[x"), ("<SVG", "_SVG"),
    ("\u{feff}<html", "\u{feff}_html"), ("PERFILE2", "_ERFILE2"), ("<lambda>", "<lambda>"),
    ("[unknown]", "[unknown]"), ("x#y", "x#y"), ("", ""),
  ])
  func firstNames(name: String, expected: String) {
    #expect(String(decoding: FoldedName.first(Array(name.utf8)), as: UTF8.self) == expected)
  }

  @Test func framesOfOneNameMeet() {
    var builder = ProfileBuilder()
    let program = builder.module("/bin/p")
    let here = builder.frame("f", in: program, at: 0x1000)
    let there = builder.frame("f", in: program, at: 0x2000)
    builder.sample("p", [here], count: 2)
    builder.sample("p", [there], count: 3)
    #expect(lines(builder.profile) == ["p;f 5"])
  }

  @Test func noLineIsReadAsComparison() {
    // flamegraph.pl: /^(.*)\s+?(\d+(?:\.\d*)?)$/ on what is left of the line without its count.
    for line in lines(hostileProfile()) {
      #expect(path(of: line).wholeMatch(of: /.*\s\d+(\.\d*)?/) == nil)
      #expect(!line.unicodeScalars.contains { $0.value < 0x20 })
    }
  }

  @Test func emptyProfileIsEmptyText() throws {
    #expect(try FoldedWriter().bytes(of: ProfileBuilder().profile).isEmpty)
  }
}
