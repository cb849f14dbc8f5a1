// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// The viewer with all frames in one HTML file, which needs no network and allows none.
///
/// Foreign text is in the payload only, as base64, and in the title, escaped.
public struct HTMLPage: Sendable {
  private let tree: CallTree
  private let difference: CallTreeDifference?
  private let text: PictureText
  private let look: PictureLook

  public init(_ tree: CallTree, _ text: PictureText, look: PictureLook = PictureLook()) {
    self.tree = tree
    difference = nil
    self.text = text
    self.look = look
  }

  /// The page of what changed.
  public init(
    _ difference: CallTreeDifference, _ text: PictureText, look: PictureLook = PictureLook()
  ) {
    tree = difference.widths()
    self.difference = difference
    self.text = text
    self.look = look
  }

  /// The whole file.
  public func bytes() throws(CompressionError) -> [UInt8] {
    let viewer = try Viewer()
    let payload = try Payload(
      tree, text, LabelColours(tree, look.palette), look: look, difference: difference, limit: nil)
    var html = ByteWriter(capacity: payload.text.count + 65_536)
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
    html.append("<meta http-equiv=\"Content-Security-Policy\" content=\"")
    html.append(text: Viewer.contentSecurityPolicy)
    html.append("\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
    html.append("<title>")
    html.append(xml: text.fitted.title)
    html.append("</title>\n</head>\n<body>\n")
    html.append("<p class=\"flameback-note\">This page needs JavaScript.</p>\n")
    for (name, content) in [
      ("style", viewer.style), ("script", viewer.script), ("payload", payload.text),
    ] {
      html.append("<script type=\"application/octet-stream\" class=\"flameback-")
      html.append(text: name)
      html.append("\">")
      html.append(bytes: content)
      html.append("</script>\n")
    }
    html.append("<script>")
    html.append(Viewer.loader)
    html.append("</script>\n</body>\n</html>\n")
    return html.bytes
  }
}
