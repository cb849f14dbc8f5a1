// SPDX-License-Identifier: Apache-2.0

/// The picture's measures, in pixels. Those of boxes are the same in `Viewer/graph.js`.
struct SVGGeometry: Sendable {
  static let margin = 20.0
  /// From one row of boxes to the next.
  static let rowHeight = 18.0
  static let boxHeight = 17.0
  /// Left free between neighbours, where there is room for it.
  static let gap = 0.6
  /// Boxes narrower than this have no gap, or nothing would be left of them.
  static let narrowestWithGap = 2.0
  /// From the left side of a box to its label.
  static let labelInset = 4.0
  /// From the top of a box to its label's baseline.
  static let labelBaseline = 12.5
  /// Advance of the fixed-width fonts in the style, at their size of 11 px: 0.6 em and a little.
  static let columnWidth = 6.65

  static let titleBaseline = 38.0
  static let subtitleBaseline = 60.0
  static let legendBaseline = 86.0
  static let boxesTop = 104.0
  static let footerHeight = 42.0

  let boxesWidth: Double
  let rows: Int
  /// Whether the root is on top.
  let isInverted: Bool

  static func boxesWidth(in width: Double) -> Double { width - 2 * margin }

  var width: Double { boxesWidth + 2 * Self.margin }
  var right: Double { width - Self.margin }
  var boxesBottom: Double { Self.boxesTop + Double(rows) * Self.rowHeight }
  var height: Double { boxesBottom + Self.footerHeight }
  var footerBaseline: Double { boxesBottom + 24 }

  func top(ofRow row: Int) -> Double {
    Self.boxesTop + Double(isInverted ? row : rows - 1 - row) * Self.rowHeight
  }

  static func drawnWidth(_ width: Double) -> Double {
    width >= narrowestWithGap ? width - gap : width
  }

  static func columns(inBox width: Double) -> Int {
    Int((width - 2 * labelInset + 1) / columnWidth)
  }
}
