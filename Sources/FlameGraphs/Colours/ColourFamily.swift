// SPDX-License-Identifier: Apache-2.0

/// Groups of hues that belong together, in Oklch.
enum ColourFamily: Sendable {
  /// The shades of one hue.
  struct Row: Sendable {
    /// The lightness of the darkest shade, 0 to 1.
    var lightness: Double
    /// The difference in lightness from one shade to the next.
    var step: Double
    /// The chroma of all shades, 0 (grey) to about 0.3.
    var chroma: Double
    /// The hue in degrees.
    var hue: Double
  }

  /// Warm hues, in twelve rows; a file has one of them.
  case files
  /// From red to yellow, as the first flame graphs were.
  case hot
  case mem
  case io
  case red
  case green
  case blue
  case aqua
  case yellow
  case purple
  case orange

  /// The hues of the family.
  var rows: [Row] {
    switch self {
    case .files:
      Self.rows(12, hues: 32...94) { part in
        // Yellow needs more lightness than red to look clean.
        Row(lightness: 0.745 + 0.05 * part, step: 0.018, chroma: 0.135, hue: 0)
      }
    case .hot:
      Self.rows(9, hues: 26...96) { part in
        Row(lightness: 0.68 + 0.1 * part, step: 0.014, chroma: 0.155, hue: 0)
      }
    case .mem:
      Self.rows(7, hues: 145...195) { _ in
        Row(lightness: 0.76, step: 0.018, chroma: 0.12, hue: 0)
      }
    case .io:
      Self.rows(7, hues: 262...290) { _ in
        Row(lightness: 0.64, step: 0.022, chroma: 0.1, hue: 0)
      }
    case .red: Self.around(24, lightness: 0.68)
    case .green: Self.around(140, lightness: 0.75)
    case .blue: Self.around(252, lightness: 0.70)
    case .aqua: Self.around(195, lightness: 0.76)
    case .yellow: Self.around(98, lightness: 0.80)
    case .purple: Self.around(318, lightness: 0.68)
    case .orange: Self.around(58, lightness: 0.74)
    }
  }

  /// The shades of a kind of box: of groups, and of code that the style does not colour by family.
  static func kind(_ kind: BoxKind) -> Row {
    switch kind {
    case .all: Row(lightness: 0.90, step: 0, chroma: 0.008, hue: 80)
    case .thread: Row(lightness: 0.86, step: 0, chroma: 0.012, hue: 80)
    case .process: Row(lightness: 0.82, step: 0, chroma: 0.014, hue: 80)
    case .user: Row(lightness: 0.80, step: 0, chroma: 0.13, hue: 60)
    case .inlined: Row(lightness: 0.82, step: 0.013, chroma: 0.085, hue: 195)
    case .kernel: Row(lightness: 0.72, step: 0.016, chroma: 0.105, hue: 252)
    case .anonymous: Row(lightness: 0.79, step: 0.014, chroma: 0.13, hue: 140)
    case .unknown: Row(lightness: 0.76, step: 0.012, chroma: 0, hue: 0)
    case .truncated: Row(lightness: 0.50, step: 0.008, chroma: 0.11, hue: 320)
    }
  }

  /// Five hues near one.
  private static func around(_ hue: Double, lightness: Double) -> [Row] {
    rows(5, hues: hue - 7...hue + 7) { _ in
      Row(lightness: lightness, step: 0.02, chroma: 0.125, hue: 0)
    }
  }

  /// Rows with hues at equal distances.
  ///
  /// - Parameter make: The row at a position from 0 (the first) to 1 (the last). Its hue is
  ///   replaced.
  private static func rows(
    _ count: Int, hues: ClosedRange<Double>, _ make: (Double) -> Row
  ) -> [Row] {
    (0..<count).map { place in
      let part = Double(place) / Double(count - 1)
      var row = make(part)
      row.hue = hues.lowerBound + part * (hues.upperBound - hues.lowerBound)
      return row
    }
  }
}
