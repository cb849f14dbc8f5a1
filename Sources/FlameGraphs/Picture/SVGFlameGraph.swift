// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// A flame graph in one SVG file that needs nothing else.
///
/// It is right and complete without its script, since that is how most readers see it: as an image
/// in a report, on a code host, through librsvg. Opened in a browser, the viewer takes its place and
/// shows the payload. Boxes stand on their callers, are as wide as their share of the samples, and
/// in the order of their names; the horizontal axis is no time.
///
/// Foreign text passes through `ByteWriter.append(xml:)` or the payload's base64 only and is never
/// part of script or style. The same tree gives the same bytes.
public struct SVGFlameGraph: Sendable {
  public struct Options: Hashable, Sendable {
    /// Width of the picture in pixels, at least 400. A browser fits it to its window.
    public var width: Int
    /// Bytes of payload at most: the smallest subtrees are merged until it fits; nil for no limit.
    public var payloadLimit: Int?
    public var look: PictureLook
    /// Pixels. What is narrower is left out of the picture, not out of the payload.
    public var narrowestBox: Double

    public init(
      width: Int = 1200, payloadLimit: Int? = usualPayloadLimit, look: PictureLook = PictureLook(),
      narrowestBox: Double = 0.5
    ) {
      self.width = width
      self.payloadLimit = payloadLimit
      self.look = look
      self.narrowestBox = narrowestBox
    }
  }

  /// What a mail or a code host takes without a word.
  public static let usualPayloadLimit = 512 * 1024

  private let tree: CallTree
  private let difference: CallTreeDifference?
  private let text: PictureText
  private let options: Options

  public init(_ tree: CallTree, _ text: PictureText, options: Options = Options()) {
    self.tree = tree
    difference = nil
    self.text = text
    self.options = options
  }

  /// The picture of what changed.
  public init(
    _ difference: CallTreeDifference, _ text: PictureText, options: Options = Options()
  ) {
    tree = difference.widths()
    self.difference = difference
    self.text = text
    self.options = options
  }

  /// The whole file.
  public func bytes() throws(CompressionError) -> [UInt8] {
    let viewer = try Viewer()
    let colours = LabelColours(tree, options.look.palette)
    let payload = try Payload(
      tree, text, colours, look: options.look, difference: difference, limit: options.payloadLimit)
    let shown = options.look.view == .reversed ? tree.reversed() : tree
    let boxesWidth = SVGGeometry.boxesWidth(in: Double(max(options.width, 400)))
    let layout = FlameGraphLayout(
      shown, width: boxesWidth, minimumWidth: options.narrowestBox)
    let geometry = SVGGeometry(
      boxesWidth: boxesWidth, rows: layout.rows, look: options.look)
    let text = text.fitted
    let painting =
      difference.map(BoxPainting.changes) ?? .kinds(colours, of: shown, shown: layout)

    var svg = ByteWriter(capacity: payload.text.count + 65_536 + 60 * layout.boxes.count)
    open(&svg, text, geometry)
    SVGHeader(text: text, geometry: geometry).write(to: &svg)
    SVGLegend(painting: painting).write(to: &svg)
    SVGBoxes(tree: shown, layout: layout, painting: painting, geometry: geometry).write(to: &svg)
    SVGFooter(
      tree: shown, layout: layout, narrowestBox: options.narrowestBox, merged: payload.merged,
      total: total(text), geometry: geometry
    ).write(to: &svg)
    for (name, content) in [
      ("style", viewer.style), ("script", viewer.script), ("payload", payload.text),
    ] {
      write(name, content, to: &svg)
    }
    svg.append("<script><![CDATA[")
    svg.append(Viewer.loader)
    svg.append("]]></script>\n</svg>\n")
    return svg.bytes
  }

  private func total(_ text: PictureText) -> String {
    guard let difference else { return "total " + text.counted(tree.allSamples) }
    return "before \(text.counted(difference.before.allSamples)), after "
      + text.counted(difference.after.allSamples)
  }

  /// In pieces, because XML readers refuse text of more than 10 MB.
  private func write(_ name: String, _ content: [UInt8], to svg: inout ByteWriter) {
    let piece = 8_000_000
    for start in stride(from: 0, to: content.count, by: piece) {
      svg.append("<metadata class=\"flameback-")
      svg.append(text: name)
      svg.append("\">")
      svg.append(bytes: content[start..<min(start + piece, content.count)])
      svg.append("</metadata>\n")
    }
  }

  private func open(_ svg: inout ByteWriter, _ text: PictureText, _ geometry: SVGGeometry) {
    svg.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"")
    svg.append(pixels: geometry.width)
    svg.append("\" height=\"")
    svg.append(pixels: geometry.height)
    svg.append("\" viewBox=\"0 0 ")
    svg.append(pixels: geometry.width)
    svg.append(" ")
    svg.append(pixels: geometry.height)
    svg.append("\">\n<title>")
    svg.append(xml: text.title)
    svg.append("</title>\n")
    if !text.notes.isEmpty {
      svg.append("<desc>")
      svg.append(xml: text.notes)
      svg.append("</desc>\n")
    }
    svg.append("<style>\n")
    svg.append(SVGStyle.source)
    svg.append("\n</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n")
  }
}
