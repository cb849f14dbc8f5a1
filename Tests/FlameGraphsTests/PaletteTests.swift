// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import FlameGraphs

struct PaletteTests {
  @Test func everyTextCanBeRead() {
    for paint in Palette().allPaints {
      #expect(paint.text == .black || paint.text == .white)
      #expect(paint.fill.contrast(with: paint.text) >= 4.5)
    }
  }

  @Test func contrastIsThatOfTheStandard() {
    #expect(abs(Color.black.contrast(with: .white) - 21) < 0.001)
    // The example that everyone quotes: #767676 is the lightest grey that passes on white.
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
        let paint = palette.paint(kind: kind, name: "f\(number)", module: "m\(number)")
        #expect(seen[paint.fill, default: kind] == kind)
        seen[paint.fill] = kind
      }
    }
  }

  @Test func nameAndModuleDecide() {
    let palette = Palette()
    let paint = palette.paint(kind: .user, name: "main", module: "server")
    #expect(palette.paint(kind: .user, name: "main", module: "server") == paint)
    let hues = Set((0..<50).map { palette.paint(kind: .user, name: "f", module: "lib\($0).so") })
    #expect(hues.count > 8)
  }

  @Test func hexadecimal() {
    #expect(Color(red: 1, green: 0xab, blue: 0xff).hexadecimal == Array("#01abff".utf8))
  }
}
