// SPDX-License-Identifier: Apache-2.0

/// How boxes are arranged and coloured, in the picture and when its viewer opens.
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

  public var view: View
  public var palette: PaletteStyle

  public init(view: View = .flame, palette: PaletteStyle = .files) {
    self.view = view
    self.palette = palette
  }
}
