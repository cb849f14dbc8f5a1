// SPDX-License-Identifier: Apache-2.0

/// The colours of boxes, the same on every machine and in every run.
///
/// Code of files is warm: the hue comes from a hash of the module's name, the lightness from one of
/// the shown name, so that a module holds together and neighbours differ. All else has a hue of its
/// own, and varies in lightness only.
struct Palette: Sendable {
  /// A fill and the text on it.
  struct Paint: Hashable, Sendable {
    var fill: Color
    /// Black or white.
    var text: Color

    init(_ fill: Color) {
      self.fill = fill
      self.text = fill.text
    }
  }

  static let hues = 12
  static let shades = 7

  /// By hue, then by shade.
  private let warm: [[Paint]]
  /// By kind, then by shade.
  private let fixed: [[Paint]]

  init() {
    warm = (0..<Self.hues).map { hue in
      (0..<Self.shades).map { shade in
        let degrees = 32 + 62 * Double(hue) / Double(Self.hues - 1)
        // Yellow looks dirty where red still glows.
        let lift = 0.05 * Double(hue) / Double(Self.hues - 1)
        return Paint(
          Color(lightness: 0.745 + lift + 0.018 * Double(shade), chroma: 0.135, hue: degrees))
      }
    }
    fixed = BoxKind.allCases.map { kind in
      (0..<Self.shades).map { Self.fixed(kind, shade: Double($0)) }
    }
  }

  func paint(kind: BoxKind, name: String, module: String) -> Paint {
    let shade = Int(stableHash(name) % UInt64(Self.shades))
    if kind == .user { return warm[Int(stableHash(module) % UInt64(Self.hues))][shade] }
    return fixed[Int(kind.rawValue)][shade]
  }

  /// What the legend shows for a kind: of all files, three hues.
  func samples(of kind: BoxKind) -> [Paint] {
    let middle = Self.shades / 2
    if kind != .user { return [fixed[Int(kind.rawValue)][middle]] }
    return [0, Self.hues / 2, Self.hues - 1].map { warm[$0][middle] }
  }

  var allPaints: [Paint] { (warm + fixed).flatMap { $0 } }

  private static func fixed(_ kind: BoxKind, shade: Double) -> Paint {
    switch kind {
    case .all: Paint(Color(lightness: 0.90, chroma: 0.008, hue: 80))
    case .thread: Paint(Color(lightness: 0.86, chroma: 0.012, hue: 80))
    case .user: Paint(Color(lightness: 0.80, chroma: 0.13, hue: 60))
    case .inlined: Paint(Color(lightness: 0.82 + 0.013 * shade, chroma: 0.085, hue: 195))
    case .kernel: Paint(Color(lightness: 0.72 + 0.016 * shade, chroma: 0.105, hue: 252))
    case .anonymous: Paint(Color(lightness: 0.79 + 0.014 * shade, chroma: 0.13, hue: 140))
    case .unknown: Paint(Color(lightness: 0.76 + 0.012 * shade, chroma: 0.0, hue: 0))
    case .truncated: Paint(Color(lightness: 0.50 + 0.008 * shade, chroma: 0.11, hue: 320))
    }
  }
}

/// FNV-1a, stirred once more so that names which differ in their last letter part ways.
func stableHash(_ text: String) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  hash = (hash ^ (hash >> 32)) &* 0x9e37_79b9_7f4a_7c15
  return hash ^ (hash >> 29)
}
