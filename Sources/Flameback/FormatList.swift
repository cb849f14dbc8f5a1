// SPDX-License-Identifier: Apache-2.0

package import FlameGraphs
package import Formats
package import ProfileModel

/// The formats of profiles that this package reads and writes, for the library and the command.
package enum FormatList {
  /// The readers of all formats, in the order in which they are tried. Pictures come first, since
  /// a line of markup may look like a line of folded stacks.
  static let readers: [any ProfileReader.Type] = Pictures.readers + Formats.readers

  /// The names of the formats that can be read, separated by commas.
  package static let readableNames = readers.filter { $0.isReadable }.map { $0.name }
    .joined(separator: ", ")

  /// The writers of all formats, in the order of help texts.
  ///
  /// - Parameters:
  ///   - text: The options of all formats but pictures.
  ///   - picture: The options of pictures.
  package static func writers(
    text: Formats.Options = Formats.Options(), picture: PictureOptions = PictureOptions()
  ) -> [any ProfileWriter] {
    Formats.writers(text) + Pictures.writers(options: picture)
  }
}
