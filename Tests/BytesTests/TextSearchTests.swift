// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@Suite struct TextSearchTests {
  @Test(arguments: [
    ("libc.so.6", ".so.", true), ("libc.so", ".so.", false), ("::", "::", true),
    (":a::b", "::", true),
    (":", "::", false), ("", "a", false), ("a", "", true), ("aab", "ab", true), ("é", "é", true),
    ("abc", "c", true), ("..so.", ".so.", true),
  ])
  func aTextInAnother(_ text: String, _ part: String, _ expected: Bool) {
    #expect(text.containsBytes(of: part) == expected)
  }
}
