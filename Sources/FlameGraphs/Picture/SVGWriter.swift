// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// A writer of flame graphs as SVG files that need no other file.
///
/// The picture is correct and complete without its script, since most readers see it so: as an
/// image in a report, on a code host, through librsvg. In a browser the viewer replaces it and
/// shows the payload. Boxes are stacked on their callers, their widths are shares of the total, and
/// siblings are ordered by name; the horizontal axis is not time.
///
/// Untrusted text passes through `ByteWriter.append(xml:)` or the payload's base64 only, and is
/// never part of a script or style sheet. The same tree gives the same bytes.
package struct SVGWriter: PictureWriter {
  /// The options of the picture: text, arrangement, colours and sizes.
  package var options: PictureOptions

  /// Creates a writer of SVG files with the given options, by default those of a usual flame graph.
  package init(options: PictureOptions = PictureOptions()) {
    self.options = options
  }

  /// The name of the format, `svg`, as the option `-f` of the command `flameback` takes it.
  package var name: String { "svg" }
  /// The file name suffixes that stand for the format: only `.svg`.
  package var suffixes: [String] { [".svg"] }

  /// Returns an empty sink for the samples of a picture. It merges them into a call tree, or orders
  /// them by time if the options request a flame chart.
  ///
  /// - Parameter metric: The name of the metric that the boxes show; nil for `wall`, else `cpu`,
  ///   else the default metric of the input.
  package func samples(metric: String?) -> PictureSamples {
    if options.isChart { return PictureSamples(FlameChartBuilder(metric: metric)) }
    return PictureSamples(
      CallTreeBuilder(
        options.separatesThreads ? .threads : .threadNames, metric: metric, metrics: .all))
  }

  /// Writes the SVG picture of a call tree or of the difference of two to a sink.
  ///
  /// - Throws: `WritingError` where zlib cannot compress the call tree, such as for lack of memory.
  package func write(
    _ drawing: Drawing, to sink: inout some ByteSink
  ) throws(WritingError) {
    do throws(CompressionError) {
      try writeFile(drawing, to: &sink)
    } catch {
      throw .compression(code: error.code)
    }
  }

  private func writeFile(
    _ drawing: Drawing, to sink: inout some ByteSink
  ) throws(CompressionError) {
    let viewer = try Viewer()
    let tree = drawing.tree
    let colours = LabelColours(tree, options.palette)
    let payload = try Payload(drawing, colours, options, limit: options.payloadLimit)
    let shown = options.view == .reversed ? tree.reversed() : tree
    let boxesWidth = SVGGeometry.boxesWidth(in: Double(max(options.width, 400)))
    let layout = FlameGraphLayout(
      shown, width: boxesWidth, minimumWidth: options.narrowestBox)
    let geometry = SVGGeometry(boxesWidth: boxesWidth, rows: layout.rows, options: options)
    let text = drawing.text.fitted
    let painting =
      drawing.difference.map(BoxPainting.changes) ?? .kinds(colours, of: shown, shown: layout)

    var svg = ByteWriter(capacity: 65_536 + 60 * layout.boxes.count)
    open(&svg, text, geometry)
    SVGHeader(text: text, geometry: geometry).write(to: &svg)
    SVGLegend(painting: painting).write(to: &svg)
    SVGBoxes(tree: shown, layout: layout, painting: painting, geometry: geometry).write(to: &svg)
    SVGFooter(
      tree: shown, layout: layout, narrowestBox: options.narrowestBox, merged: payload.merged,
      total: drawing.total, geometry: geometry
    ).write(to: &svg)
    writeMetadata("style", viewer.style, to: &svg)
    writeMetadata("script", viewer.script, to: &svg)
    sink.write(svg.bytes)
    // In pieces, because XML readers refuse text of more than 10 MB.
    for piece in Base64Pieces(payload.bytes, bytes: 6_000_000) {
      var svg = ByteWriter(capacity: piece.count + 100)
      writeMetadata("payload", piece, to: &svg)
      sink.write(svg.bytes)
    }
    var end = ByteWriter()
    end.append("<script><![CDATA[")
    end.append(Viewer.loader)
    end.append("]]></script>\n</svg>\n")
    sink.write(end.bytes)
  }

  private func writeMetadata(_ name: String, _ content: [UInt8], to svg: inout ByteWriter) {
    svg.append("<metadata class=\"flameback-")
    svg.append(text: name)
    svg.append("\">")
    svg.append(bytes: content)
    svg.append("</metadata>\n")
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
