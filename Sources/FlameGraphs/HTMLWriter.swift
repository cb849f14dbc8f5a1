// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// A writer of HTML pages: the interactive viewer with all frames in one file, which loads nothing.
///
/// Untrusted text is only in the title, escaped, and in the payload, the call tree as base64.
package struct HTMLWriter: PictureWriter {
  /// The options of the page: text, arrangement, colours and sizes.
  package var options: PictureOptions

  /// Creates a writer of HTML files with the given options, by default those of a usual flame
  /// graph.
  package init(options: PictureOptions = PictureOptions()) {
    self.options = options
  }

  /// The name of the format, `html`, as the option `-f` of the command `flameback` takes it.
  package var name: String { "html" }
  /// The file name suffixes that stand for the format: only `.html`.
  package var suffixes: [String] { [".html"] }

  /// Returns an empty sink for the samples of a page. It merges them into a call tree that keeps
  /// processes and threads apart, since the viewer can group them in several ways.
  ///
  /// - Parameter metric: The name of the metric that the boxes show; nil for `wall`, else `cpu`,
  ///   else the default metric of the input.
  package func samples(metric: String?) -> PictureSamples {
    PictureSamples(
      CallTreeBuilder(.processesAndThreads, keepsTimes: true, metric: metric, metrics: .all))
  }

  /// Writes the HTML page of a call tree or of the difference of two to a sink.
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
