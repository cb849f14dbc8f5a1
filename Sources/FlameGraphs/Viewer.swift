// SPDX-License-Identifier: Apache-2.0

import Bytes
import Compression
import ProfileModel

/// The script and style that make a picture move, the same in every file: they stand there deflated,
/// beside the payload, and a loader of a few lines lets them run.
struct Viewer: Sendable {
  /// Base64 of the deflated script and style sheet.
  let script: [UInt8]
  let style: [UInt8]

  init() throws(CompressionError) {
    script = Base64.encode(try Deflate.compress(Self.bytes(embeddedScript), as: .zlib))
    style = Base64.encode(try Deflate.compress(Self.bytes(embeddedStyle), as: .zlib))
  }

  static var loader: StaticString { embeddedLoader }

  /// What may run in a page: these scripts, this style sheet, nothing from anywhere. A worker tries
  /// patterns that may never end; what it runs inherits the policy.
  static var contentSecurityPolicy: String {
    "default-src 'none'; script-src '\(embeddedLoaderHash)' '\(embeddedScriptHash)'; "
      + "style-src '\(embeddedStyleHash)'; img-src data:; worker-src blob:; base-uri 'none'; form-action 'none'"
  }

  static func bytes(_ text: StaticString) -> [UInt8] {
    text.withUTF8Buffer { Array($0) }
  }
}
