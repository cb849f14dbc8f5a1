// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

struct FoldedReaderTests {
  private func read(_ text: String, pieces: Int = .max) -> (Profile, ReadingAccount) {
    var collector = ProfileCollector(serverProfile().session)
    var reader = FoldedReader()
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      try? reader.read(Array(rest.prefix(pieces)), into: &collector)
      rest = rest.dropFirst(pieces)
    }
    try? reader.finish(into: &collector)
    return (collector.finish(), reader.account)
  }

  @Test(arguments: [
    ("a;b 3\na;b;c 4\n", ["a → b": 3, "a → b → c": 4]),
    ("a;b 3", ["a → b": 3]),
    ("a;b 3\r\na 1\r\n", ["a → b": 3, "a": 1]),
    (";a;;b; 3\n", ["a → b": 3]),
    ("# a comment 1\n\n  \na 1\n", ["a": 1]),
    ("a;operator new(unsigned long) 12\n", ["a → operator new(unsigned long)": 12]),
    ("a;thread 12 5\n", ["a → thread 12": 5]),
    ("a 1.4\na 1.5\nb 3.\n", ["a": 3, "b": 3]),
    ("std;x 1\nstd::x;y 2\nstd;z 4\n", ["std → x": 1, "std::x → y": 2, "std → z": 4]),
    ("a;b 0\na;b 2\n", ["a → b": 2]),
    (" 7\n", ["": 7]),
  ])
  func lines(text: String, expected: [String: UInt64]) {
    for pieces in [1, 2, 3, 5, .max] {
      #expect(read(text, pieces: pieces).0.pathCounts == expected)
    }
  }

  @Test func suffixesAreKinds() {
    let profile = read("a;sys_read_[k];Foo.bar_[j];memcpy_[i];[unknown] 1\n").0
    #expect(
      profile.frames.map { profile.kind(of: $0) } == [
        .user, .kernel, .anonymous, .inlined, .unknown,
      ])
    #expect(profile.pathCounts.keys.first == "a → sys_read → Foo.bar → memcpy → [unknown]")
  }

  @Test func badLinesAreCounted() {
    let (profile, account) = read("a 1\nno count\n\nb x1\nc 2\n")
    #expect(profile.pathCounts == ["a": 1, "c": 2])
    #expect((account.good, account.bad, account.firstBad) == (2, 2, 2))
  }

  /// No count of a other tool overflows a sum.
  @Test func hugeCounts() {
    let profile = read(String(repeating: "a 99999999999999999999999\n", count: 9)).0
    #expect(profile.totalCount == 1 << 62)
  }

  @Test func noLineIsTooLong() {
    let name = String(repeating: "x", count: 3_000_000)
    #expect(read("\(name);\(name) 5\n", pieces: 65_536).0.totalCount == 5)
  }
}
