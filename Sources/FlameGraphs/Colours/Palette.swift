// SPDX-License-Identifier: Apache-2.0

/// The colours of boxes, the same on every machine, in every run, and in the viewer, which computes
/// a box's number in the same way (`Viewer/colour.js`).
///
/// Code of files is warm: the hue comes from a hash of the module's name, the lightness from one of
/// the shown name, so that a module holds together and neighbours differ. Where no module is known
/// (folded stacks), the name's first part stands for it. All else has a hue of its own, and varies
/// in lightness only.
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

  /// Of files by hue, then by shade; after them, by kind, then by shade.
  let paints: [Paint]

  init() {
    var paints: [Paint] = []
    for hue in 0..<Self.hues {
      let part = Double(hue) / Double(Self.hues - 1)
      for shade in 0..<Self.shades {
        // Yellow looks dirty where red still glows.
        let lightness = 0.745 + 0.05 * part + 0.018 * Double(shade)
        paints.append(Paint(Color(lightness: lightness, chroma: 0.135, hue: 32 + 62 * part)))
      }
    }
    for kind in BoxKind.allCases {
      for shade in 0..<Self.shades { paints.append(Self.fixed(kind, shade: Double(shade))) }
    }
    self.paints = paints
  }

  /// The place in `paints` of a box's colour.
  func number(of label: CallTree.Label) -> Int {
    let shade = Int(stableHash(label.name.utf8) % UInt32(Self.shades))
    if label.kind != .user {
      return Self.hues * Self.shades + Int(label.kind.rawValue) * Self.shades + shade
    }
    let hash =
      label.module.isEmpty
      ? stableHash(Self.firstPart(of: label.name)) : stableHash(label.module.utf8)
    return Int(hash % UInt32(Self.hues)) * Self.shades + shade
  }

  /// What the legend shows for a kind: of all files, three hues.
  func samples(of kind: BoxKind) -> [Paint] {
    let middle = Self.shades / 2
    if kind == .user {
      return [0, Self.hues / 2, Self.hues - 1].map { paints[$0 * Self.shades + middle] }
    }
    return [paints[Self.hues * Self.shades + Int(kind.rawValue) * Self.shades + middle]]
  }

  /// The namespace or package: what comes before the first byte that is no letter, digit or `_`.
  private static func firstPart(of name: String) -> Substring.UTF8View {
    name.utf8.prefix { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
        true
      default: false
      }
    }
  }

  private static func fixed(_ kind: BoxKind, shade: Double) -> Paint {
    switch kind {
    case .all: Paint(Color(lightness: 0.90, chroma: 0.008, hue: 80))
    case .thread: Paint(Color(lightness: 0.86, chroma: 0.012, hue: 80))
    case .process: Paint(Color(lightness: 0.82, chroma: 0.014, hue: 80))
    case .user: Paint(Color(lightness: 0.80, chroma: 0.13, hue: 60))
    case .inlined: Paint(Color(lightness: 0.82 + 0.013 * shade, chroma: 0.085, hue: 195))
    case .kernel: Paint(Color(lightness: 0.72 + 0.016 * shade, chroma: 0.105, hue: 252))
    case .anonymous: Paint(Color(lightness: 0.79 + 0.014 * shade, chroma: 0.13, hue: 140))
    case .unknown: Paint(Color(lightness: 0.76 + 0.012 * shade, chroma: 0.0, hue: 0))
    case .truncated: Paint(Color(lightness: 0.50 + 0.008 * shade, chroma: 0.11, hue: 320))
    }
  }
}

/// FNV-1a of 32 bits, stirred once more so that names which differ in their last letter part ways.
func stableHash(_ text: some Sequence<UInt8>) -> UInt32 {
  var hash: UInt32 = 0x811c_9dc5
  for byte in text { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
  hash = (hash ^ hash >> 15) &* 0x2c1b_3c6d
  hash = (hash ^ hash >> 12) &* 0x297a_2d39
  return hash ^ hash >> 15
}
