// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

struct VisibleTextTests {
  @Test(arguments: [
    ("\u{1b}[31mred", "\\x1b[31mred"),
    ("\u{0}", "\\x00"),
    ("a\nb\rc\td", "a\\x0ab\\x0dc\\x09d"),
    ("\u{7f}\u{80}\u{9f}", "\\x7f\\x80\\x9f"),
    (
      "\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}",
      "\\u202a\\u202e\\u2066\\u2069\\u200e\\u200f\\u061c"
    ),
    ("\u{2028}\u{2029}", "\\u2028\\u2029"),
  ])
  func hiddenBecomesVisible(text: String, expected: String) {
    #expect(VisibleText.of(text) == expected)
  }

  @Test func nonCharactersBecomeVisible() {
    let scalars = [0xfffe, 0xffff].compactMap { Unicode.Scalar($0 as UInt32) }
    #expect(VisibleText.of(String(String.UnicodeScalarView(scalars))) == "\\ufffe\\uffff")
  }

  @Test(arguments: [
    "", "std::vector<int>::push_back(int const&)", "naïve", "日本語", "Ωmega\u{a0}", "\u{fffd}",
    "a\\x1b", "👩‍👩‍👧‍👦",
  ])
  func harmlessStays(text: String) {
    #expect(VisibleText.of(text).utf8.elementsEqual(text.utf8))
  }

  @Test func twiceIsAsOnce() {
    for name in hostileNames {
      let once = VisibleText.of(name)
      #expect(VisibleText.of(once) == once)
      #expect(!once.unicodeScalars.contains { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) })
    }
  }
}
