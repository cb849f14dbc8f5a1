// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// A writer of HTML pages: the interactive viewer with all frames in one file, which loads nothing.
///
/// Untrusted text is in the payload only, as base64, and in the title, escaped.
package struct HTMLWriter: PictureWriter {
  /// The options of the page: text, arrangement, colours and sizes.
  package var options: PictureOptions

  /// A writer with options, by default those of a usual flame graph.
  package init(options: PictureOptions = PictureOptions()) {
    self.options = options
  }

  /// The format's name, as the option `-f` takes it.
  package var name: String { "html" }
  /// The file name suffix that stands for the format.
  package var suffixes: [String] { [".html"] }

  /// Returns a sink that keeps processes and threads apart, since the viewer can group them in
  /// several ways.
  ///
  /// - Parameter metric: The name of the metric to show; nil for the default.
  package func samples(metric: String?) -> PictureSamples {
    PictureSamples(
      CallTreeBuilder(.processesAndThreads, keepsTimes: true, metric: metric, metrics: .all))
  }

  /// Writes the page of a tree or a difference.
  ///
  /// - Throws: `WritingError` where zlib cannot compress.
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
    let payload = try Payload(
      drawing, LabelColours(drawing.tree, options.palette), options, limit: nil)
    var html = ByteWriter(capacity: 65_536)
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
    html.append("<meta http-equiv=\"Content-Security-Policy\" content=\"")
    html.append(text: Viewer.contentSecurityPolicy)
    html.append("\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
    html.append("<title>")
    html.append(xml: drawing.text.fitted.title)
    html.append("</title>\n</head>\n<body>\n")
    html.append("<p class=\"flameback-note\">This page needs JavaScript.</p>\n")
    for (name, content) in [("style", viewer.style), ("script", viewer.script)] {
      open(name, &html)
      html.append(bytes: content)
      close(&html)
    }
    open("payload", &html)
    sink.write(html.bytes)
    for piece in Base64Pieces(payload.bytes, bytes: 786_432) { sink.write(piece) }
    var end = ByteWriter()
    close(&end)
    end.append("<script>")
    end.append(Viewer.loader)
    end.append("</script>\n</body>\n</html>\n")
    sink.write(end.bytes)
  }

  private func open(_ name: String, _ html: inout ByteWriter) {
    html.append("<script type=\"application/octet-stream\" class=\"flameback-")
    html.append(text: name)
    html.append("\">")
  }

  private func close(_ html: inout ByteWriter) {
    html.append("</script>\n")
  }
}
