// SPDX-License-Identifier: Apache-2.0

/// The options of pictures and pages: text, arrangement, colours and measures. Each has a default, so
/// `PictureOptions()` is a flame graph as it usually looks.
package struct PictureOptions: Hashable, Sendable {
  /// An arrangement of boxes. Raw values are the names of the viewer's views.
  package enum View: String, Sendable {
    /// The root is at the bottom.
    case flame
    /// The root is at the top.
    case icicle
    /// The functions that ran are at the top, and their callers below them.
    case reversed
  }

  /// The default of `payloadLimit`: 512 KiB, which mail and code hosts accept.
  package static let usualPayloadLimit = 512 * 1024
  /// The default of `fontFamily`: the reader's own fonts of fixed width.
  package static let usualFontFamily =
    "ui-monospace, \"SF Mono\", Menlo, Consolas, \"Liberation Mono\", \"DejaVu Sans Mono\", monospace"

  // MARK: Text, all of it untrusted

  /// The heading; nil for one that names metric and target.
  package var title: String?
  /// The line below the heading; nil for one that says what was measured.
  package var subtitle: String?
  /// The name of what is counted; nil for that of the metric.
  package var countName: String?
  /// The text in front of a function's name in the viewer's tooltip; nil for none.
  package var nameType: String?
  /// A note that the viewer shows; nil for none.
  package var notes: String?

  // MARK: Samples

  /// Whether an SVG has a box for each thread, not one for all threads of a name. A page always has.
  package var separatesThreads = false
  /// Whether an SVG shows samples in order of time: a flame chart.
  package var isChart = false

  // MARK: Boxes

  /// The arrangement, of the picture and when its viewer opens.
  package var view = View.flame
  /// The colours of boxes.
  package var palette = PaletteStyle.files
  /// The distance from one row of boxes to the next, in pixels.
  package var rowHeight = 18.0
  /// The fonts of labels, as CSS writes them. Untrusted.
  package var fontFamily = usualFontFamily
  /// The font size of labels, in pixels.
  package var fontSize = 11.0
  /// The mean width of a character of a label in font sizes; 0.6 and a little in fonts of fixed width.
  package var columnWidth = 6.65 / 11

  // MARK: Size

  /// The width of an SVG in pixels, at least 400. In a browser the viewer fits it to the window.
  package var width = 1200
  /// The smallest width of a box in an SVG, in pixels. Narrower boxes are left out of the picture, not
  /// out of the payload.
  package var narrowestBox = 0.5
  /// The largest payload of an SVG, in bytes of base64: the smallest subtrees are merged until it fits.
  /// nil for no limit.
  package var payloadLimit: Int? = usualPayloadLimit

  package init() {}
}
