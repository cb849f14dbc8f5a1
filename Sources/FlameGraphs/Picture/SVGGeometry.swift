// SPDX-License-Identifier: Apache-2.0

/// The picture's measures, in pixels. Those of boxes are the same in `Viewer/graph.js`.
struct SVGGeometry: Sendable {
  static let margin = 20.0
  /// Left free between neighbours, where there is room for it.
  static let gap = 0.6
  /// Boxes narrower than this have no gap, or nothing would be left of them.
  static let narrowestWithGap = 2.0
  /// From the left side of a box to its label.
  static let labelInset = 4.0

  static let titleBaseline = 38.0
  static let subtitleBaseline = 60.0
  static let legendBaseline = 86.0
  static let boxesTop = 104.0
  static let footerHeight = 42.0

  let boxesWidth: Double
  let rows: Int
  let look: PictureLook

  static func boxesWidth(in width: Double) -> Double { width - 2 * margin }

  var width: Double { boxesWidth + 2 * Self.margin }
  var right: Double { width - Self.margin }
  /// A pixel is left free between rows.
  var boxHeight: Double { look.rowHeight - 1 }
  /// From the top of a box to its label's baseline: letters are some 0.73 sizes high.
  var labelBaseline: Double { boxHeight / 2 + look.font.size * 4 / 11 }
  var boxesBottom: Double { Self.boxesTop + Double(rows) * look.rowHeight }
  var height: Double { boxesBottom + Self.footerHeight }
  var footerBaseline: Double { boxesBottom + 24 }

  func top(ofRow row: Int) -> Double {
    Self.boxesTop + Double(look.view == .flame ? rows - 1 - row : row) * look.rowHeight
  }

  static func drawnWidth(_ width: Double) -> Double {
    width >= narrowestWithGap ? width - gap : width
  }

  /// Of fixed width, as many as fit into a label.
  func columns(inBox width: Double) -> Int {
    Int((width - 2 * Self.labelInset + 1) / (look.font.size * look.font.columnWidth))
  }
}
