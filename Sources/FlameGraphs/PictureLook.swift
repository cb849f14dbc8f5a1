// SPDX-License-Identifier: Apache-2.0

/// How boxes are arranged, lettered and coloured, in the picture and when its viewer opens.
public struct PictureLook: Hashable, Sendable {
  /// Raw values are the viewer's names.
  public enum View: String, Sendable {
    /// The root at the bottom.
    case flame
    /// The root on top.
    case icicle
    /// From the functions that ran, on top, to those that called them.
    case reversed
  }

  public var view = View.flame
  public var palette = PaletteStyle.files
  /// From one row of boxes to the next, in pixels.
  public var rowHeight = 18.0
  public var font = LabelFont()

  public init() {}
}

/// The letters in boxes.
public struct LabelFont: Hashable, Sendable {
  /// The reader's own fonts of fixed width.
  public static let usualFamily =
    "ui-monospace, \"SF Mono\", Menlo, Consolas, \"Liberation Mono\", \"DejaVu Sans Mono\", monospace"

  /// Names as CSS takes them. Foreign text.
  public var family = usualFamily
  /// In pixels.
  public var size = 11.0
  /// Mean width of a character, in sizes: of fonts of fixed width 0.6 and a little.
  public var columnWidth = 6.65 / 11

  public init() {}
}
