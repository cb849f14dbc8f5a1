// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Sampling

@Suite struct NamePatternsTests {
  /// Patterns match what fnmatch(3) matches.
  @Test(arguments: [
    "a", "*", "?", "nginx*", "*worker", "*o*o*", "a?c", "[a-c]x", "[!a-c]x", "[]x]y", "\\*x", "\\?",
    "kworker/*:*", "**a", "a**", "[abc", "*[0-9]", "[a-]b", "x[!]]y", "?*?",
  ])
  func matchesAsFnmatch(pattern: String) throws {
    let patterns = try #require(NamePatterns([pattern]))
    let names = [
      "", "a", "ab", "abc", "a-b", "-b", "ax", "bx", "dx", "]y", "xy", "*x", "?", "nginx",
      "nginx: worker", "worker", "foo", "foobar-oo", "kworker/0:1H", "kworker/u4", "a]c", "x]y",
      "xay", "[abc", "cpu7", "aa",
    ]
    for name in names {
      #expect(patterns.matches(name) == (fnmatch(pattern, name, 0) == 0), "\(pattern) on \(name)")
    }
  }

  @Test func oneOfSeveralPatternsMustMatch() throws {
    let patterns = try #require(NamePatterns(["ab", "b", "x*z"]))
    for name in ["ab", "b", "xz", "xyz"] { #expect(patterns.matches(name)) }
    // The end of one pattern is not the start of the next.
    for name in ["", "a", "bb", "abb", "abx", "z", "bxz"] { #expect(!patterns.matches(name)) }
  }

  /// The kernel keeps 15 bytes of a name.
  @Test func aLongPatternMatchesATruncatedName() throws {
    let patterns = try #require(NamePatterns(["a-very-long-name-of-a-thread"]))
    #expect(patterns.matches("a-very-long-nam"))
    #expect(!patterns.matches("a-very-long-na"))
  }

  @Test func patternsHave64States() {
    #expect(NamePatterns([""]) == nil)
    #expect(NamePatterns(Array(repeating: "abcdefg", count: 8)) != nil)
    #expect(NamePatterns(Array(repeating: "abcdefg", count: 8) + ["x"]) == nil)
    #expect(NamePatterns([String(repeating: "?", count: 99) + "*"]) == nil)
  }
}
