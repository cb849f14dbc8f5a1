// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import FlameGraphs

struct PaletteTests {
  @Test func everyTextCanBeRead() {
    for style in PaletteStyle.allCases {
      for paint in Palette(style).paints {
        #expect(paint.text == .black || paint.text == .white)
        #expect(paint.fill.contrast(with: paint.text) >= 4.5)
      }
    }
  }

  @Test func contrastIsThatOfTheStandard() {
    #expect(abs(Color.black.contrast(with: .white) - 21) < 0.001)
    // A known example: #767676 is the lightest grey that passes on white.
    let grey = Color(red: 0x76, green: 0x76, blue: 0x76)
    #expect(abs(grey.contrast(with: .white) - 4.54) < 0.01)
  }

  @Test func blackOrWhiteCanBeReadOnAnyGrey() {
    for level in UInt8.min...UInt8.max {
      let grey = Color(red: level, green: level, blue: level)
      #expect(grey.contrast(with: grey.text) >= 4.5)
    }
  }

  @Test func oklchGivesKnownColors() {
    #expect(Color(lightness: 1, chroma: 0, hue: 0) == .white)
    #expect(Color(lightness: 0, chroma: 0, hue: 0) == .black)
    #expect(
      Color(lightness: 0.62796, chroma: 0.25768, hue: 29.234) == Color(red: 255, green: 0, blue: 0))
  }

  @Test func kindsDoNotShareColors() {
    let palette = Palette()
    var seen: [Color: BoxKind] = [:]
    for kind in BoxKind.allCases {
      for number in 0..<200 {
        let label = CallTree.Label(name: "f\(number)", kind: kind, module: "m\(number)")
        let paint = palette.paints[palette.number(of: label)]
        #expect(seen[paint.fill, default: kind] == kind)
        seen[paint.fill] = kind
      }
    }
  }

  @Test func stylesTellLanguagesApart() {
    func families(_ style: PaletteStyle, _ labels: [CallTree.Label]) -> [ColourFamily?] {
      labels.map(style.family)
    }
    let java = CallTree.Label(name: "java/lang/String.hashCode", kind: .user)
    let jit = CallTree.Label(name: "Lfoo;::bar", kind: .anonymous)
    let cpp = CallTree.Label(name: "std::sort<int*>(int*, int*)", kind: .user)
    let kernel = CallTree.Label(name: "vfs_read", kind: .kernel)
    let inlined = CallTree.Label(name: "max", kind: .inlined)
    let all = [java, jit, cpp, kernel, inlined, CallTree.Label(name: "read", kind: .user)]
    #expect(families(.java, all) == [.green, .green, .yellow, .orange, .aqua, .red])
    #expect(families(.hot, all) == Array(repeating: .hot, count: 6))
    #expect(families(.files, all) == [.files, nil, .files, nil, nil, .files])
    // Threads are groups in all styles.
    #expect(families(.hot, [CallTree.Label(name: "t", kind: .thread)]) == [nil])
  }

  @Test func legendTellsWhatOccurs() {
    let palette = Palette(.java)
    let labels = [
      CallTree.Label(name: "f", kind: .kernel), CallTree.Label(name: "a/b", kind: .user),
    ]
    #expect(palette.legend(of: Set(labels.map(palette.number))).map(\.text) == ["Java", "kernel"])
    #expect(Palette(.hot).legend(of: [70]).isEmpty)
  }

  @Test func nameAndModuleDecide() {
    let palette = Palette()
    func number(_ name: String, _ module: String) -> Int {
      palette.number(of: CallTree.Label(name: name, kind: .user, module: module))
    }
    #expect(number("main", "server") == number("main", "server"))
    #expect(Set((0..<50).map { number("f", "lib\($0).so") }).count > 8)
    #expect(Set((0..<50).map { number("f\($0)", "libc.so.6") }).count == Palette.shades)
  }

  @Test func withoutAModuleTheNamespaceDecides() {
    let palette = Palette()
    let hues = ["std::a", "std::b(int)", "std.c", "std"].map {
      palette.number(of: CallTree.Label(name: $0, kind: .user)) / Palette.shades
    }
    #expect(Set(hues).count == 1)
  }

  @Test func hexadecimal() {
    #expect(Color(red: 1, green: 0xab, blue: 0xff).hexadecimal == Array("#01abff".utf8))
  }
}
