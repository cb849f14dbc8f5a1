// SPDX-License-Identifier: Apache-2.0

/// The measures of a picture, in pixels. Those of boxes are also in `Viewer/graph.js`.
struct SVGGeometry: Sendable {
  /// The margin on the left and on the right.
  static let margin = 20.0
  /// The gap between neighbouring boxes that are wide enough for it.
  static let gap = 0.6
  /// The least width of a box with a gap: little would be left of a narrower one.
  static let narrowestWithGap = 2.0
  /// The distance from the left side of a box to its label.
  static let labelInset = 4.0

  static let titleBaseline = 38.0
  static let subtitleBaseline = 60.0
  static let legendBaseline = 86.0
  static let boxesTop = 104.0
  static let footerHeight = 42.0

  /// The width of the root's box.
  let boxesWidth: Double
  /// The number of rows of boxes.
  let rows: Int
  let options: PictureOptions

  /// The width of the root's box in a picture of a width.
  static func boxesWidth(in width: Double) -> Double { width - 2 * margin }

  var width: Double { boxesWidth + 2 * Self.margin }
  var right: Double { width - Self.margin }
  /// The height of a box: rows are a pixel apart.
  var boxHeight: Double { options.rowHeight - 1 }
  /// The distance from the top of a box to its label's baseline. Letters are about 0.73 sizes high.
  var labelBaseline: Double { boxHeight / 2 + options.fontSize * 4 / 11 }
  var boxesBottom: Double { Self.boxesTop + Double(rows) * options.rowHeight }
  var height: Double { boxesBottom + Self.footerHeight }
  var footerBaseline: Double { boxesBottom + 24 }

  /// The top of the boxes of a row; row 0 has the root.
  func top(ofRow row: Int) -> Double {
    Self.boxesTop + Double(options.view == .flame ? rows - 1 - row : row) * options.rowHeight
  }

  /// The width that is drawn of a box: without its gap.
  static func drawnWidth(_ width: Double) -> Double {
    width >= narrowestWithGap ? width - gap : width
  }

  /// The number of characters of a fixed-width font that fit into a box's label.
  func columns(inBox width: Double) -> Int {
    Int((width - 2 * Self.labelInset + 1) / (options.fontSize * options.columnWidth))
  }
}
