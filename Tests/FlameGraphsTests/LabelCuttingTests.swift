// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import FlameGraphs

struct LabelCuttingTests {
  @Test(
    arguments: [
      ("main", 4, "main"), ("main", 3, "ma…"), ("main", 2, nil), ("f", 2, nil), ("f", 3, "f"),
      ("std::vector", 6, "std::…"), ("日本語", 6, "日本語"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"),
      ("naïve", 5, "naïve"), ("naïve", 4, "naï…"),
      ("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}…"),
      ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 5, "👩‍👩‍👧‍👦👩‍👩‍👧‍👦…"), ("", 3, ""),
    ] as [(String, Int, String?)])
  func columns(name: String, columns: Int, expected: String?) {
    #expect(LabelCutting.cut(name, toColumns: columns) == expected)
  }

  @Test(arguments: [
    ("main", 4, "main"), ("main2", 4, "main…"), ("日本語", 8, "日本…"), ("日本語", 9, "日本語"),
    ("ae\u{301}z", 3, "a…"), ("e\u{301}\u{301}\u{301}", 4, "e\u{301}…"), ("👩‍👩‍👧‍👦", 2, "…"),
  ])
  func bytes(name: String, bytes: Int, expected: String) {
    let cut = LabelCutting.cut(name, toBytes: bytes)
    #expect(cut.utf8.elementsEqual(expected.utf8), "\(cut)")
  }
}
