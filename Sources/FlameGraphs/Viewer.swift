// SPDX-License-Identifier: Apache-2.0

import Bytes
import Compression
import ProfileModel

/// The viewer's script and style sheet, the same in every file. They are deflated and in base64; a
/// loader, the only script that is text, inflates and inserts them.
struct Viewer: Sendable {
  /// Base64 of the deflated script.
  let script: [UInt8]
  /// Base64 of the deflated style sheet.
  let style: [UInt8]

  init() throws(CompressionError) {
    script = Base64.encode(try Deflate.compress(Self.bytes(embeddedScript), as: .zlib))
    style = Base64.encode(try Deflate.compress(Self.bytes(embeddedStyle), as: .zlib))
  }

  /// The source of the loader.
  static var loader: StaticString { embeddedLoader }

  /// The policy of a page: it can run the viewer's scripts and style sheet only, and load nothing.
  /// The worker, which tries search patterns that may not end, inherits it.
  static var contentSecurityPolicy: String {
    "default-src 'none'; script-src '\(embeddedLoaderHash)' '\(embeddedScriptHash)'; "
      + "style-src '\(embeddedStyleHash)'; img-src data:; worker-src blob:; base-uri 'none'; form-action 'none'"
  }

  /// The UTF-8 bytes of a literal.
  static func bytes(_ text: StaticString) -> [UInt8] {
    text.withUTF8Buffer { Array($0) }
  }
}
