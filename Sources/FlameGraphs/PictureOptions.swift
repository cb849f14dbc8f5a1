// SPDX-License-Identifier: Apache-2.0

/// The options of pictures and pages: text, arrangement, colours and sizes. Each has a default;
/// `PictureOptions()` gives a usual flame graph.
package struct PictureOptions: Hashable, Sendable {
  /// The arrangement of the boxes of a flame graph. Raw values are the names that the viewer's
  /// script uses.
  package enum View: String, Sendable {
    /// The flame graph: the root is at the bottom, and callees are above their callers.
    case flame
    /// The icicle graph: the root is at the top, and callees are below their callers.
    case icicle
    /// The reversed graph: the functions that ran are at the top, and their callers are below them.
    case reversed
  }

  /// The default of `payloadLimit`, in bytes: 512 KiB. Mail and code hosts accept files of that
  /// size.
  package static let usualPayloadLimit = 512 * 1024
  /// The default of `fontFamily`, as a CSS list: the fixed-width fonts of the reader's system.
  package static let usualFontFamily =
    "ui-monospace, \"SF Mono\", Menlo, Consolas, \"Liberation Mono\", \"DejaVu Sans Mono\", monospace"

  // MARK: Text, all of it untrusted

  /// The heading of the picture; nil for one made of the name of the metric and of what was
  /// profiled.
  package var title: String?
  /// The line below the heading; nil for one that says when, where and how samples were taken.
  package var subtitle: String?
  /// The name that the picture gives to what it counts, such as `samples` or `bytes`; nil for the
  /// name that the metric has.
  package var countName: String?
  /// A text that the viewer's tooltip shows in front of each function's name, such as `Function:`;
  /// nil for none.
  package var nameType: String?
  /// A note for the readers of the file, which the viewer shows; nil for none.
  package var notes: String?

  // MARK: Samples

  /// Whether each thread has its own box in an SVG. Otherwise threads of the same name share one.
  /// HTML pages always keep threads apart.
  package var separatesThreads = false
  /// Whether an SVG is a flame chart, with samples in order of time from left to right. Otherwise,
  /// by default, it is a flame graph, with equal stacks merged.
  package var isChart = false

  // MARK: Boxes

  /// The arrangement of boxes in the picture, and in the viewer when it opens.
  package var view = View.flame
  /// The colour scheme of the boxes.
  package var palette = PaletteStyle.files
  /// The distance from one row of boxes to the next, in pixels.
  package var rowHeight = 18.0
  /// The fonts of labels, as the value of CSS's `font-family`. Untrusted text.
  package var fontFamily = usualFontFamily
  /// The font size of labels, in pixels.
  package var fontSize = 11.0
  /// The mean width of a label's character as a multiple of the font size. It is about 0.6 in
  /// fixed-width fonts.
  package var columnWidth = 6.65 / 11

  // MARK: Size

  /// The width of an SVG in pixels, at least 400; less is drawn as 400. In a browser the viewer
  /// fits the picture to the window.
  package var width = 1200
  /// The smallest width of a box in an SVG, in pixels. Narrower boxes are left out of the static
  /// picture; the viewer still has their data.
  package var narrowestBox = 0.5
  /// The largest size of the payload of an SVG, in bytes of base64; nil for no limit. The payload
  /// is the call tree that the viewer shows. The smallest subtrees are merged into their parents
  /// until it fits.
  package var payloadLimit: Int? = usualPayloadLimit

  /// Creates the options of a usual flame graph.
  package init() {}
}
