// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// The writer of HTML pages: the viewer with all frames in one file, which loads nothing.
///
/// Untrusted text is in the payload only, as base64, and in the title, escaped.
package struct HTMLWriter: PictureWriter {
  /// Text, arrangement, colours and measures.
  package var options: PictureOptions

  /// A writer with options; without any, with their defaults.
  package init(options: PictureOptions = PictureOptions()) {
    self.options = options
  }

  /// The name that `-f` takes.
  package var name: String { "html" }
  /// The ends of file names of the format.
  package var suffixes: [String] { [".html"] }

  /// The viewer groups threads as the reader selects, so the tree has all of them.
  package func samples(metric: String?) -> PictureSamples {
    PictureSamples(
      CallTreeBuilder(.processesAndThreads, keepsTimes: true, metric: metric, metrics: .all))
  }

  /// Writes a tree or a difference.
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
