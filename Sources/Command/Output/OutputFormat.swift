// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FlameGraphs
import Flameback
import Formats
import ProfileModel

/// An output format, as `-f` and the suffixes of `-o` choose it. Formats come from the lists of
/// writers, `FormatList`: help, messages and suffixes follow from these.
struct OutputFormat: Hashable, ExpressibleByArgument {
  /// The name that `-f` takes.
  let name: String
  /// Ends of file names that mean the format; the first is the default.
  let suffixes: [String]
  /// Whether the output is not text.
  let isBinary: Bool
  /// Whether the output is a picture.
  let isPicture: Bool

  init(_ writer: any ProfileWriter) {
    name = writer.name
    suffixes = writer.suffixes
    isBinary = writer.isBinary
    isPicture = writer.isPicture
  }

  init?(argument: String) {
    guard let format = Self.all.first(where: { $0.name == argument }) else { return nil }
    self = format
  }

  /// All formats, in the order of help texts.
  static let all = OutputOptions().writers.map(Self.init)
  /// The format of an output without a name.
  static let svg = Self(SVGWriter())
  /// The format of standard output.
  static let folded = Self(FoldedWriter())

  static var allValueStrings: [String] { all.map(\.name) }

  /// All suffixes, separated by spaces.
  static var allSuffixes: String { all.flatMap(\.suffixes).joined(separator: " ") }

  /// The format of a file name; nil if no format has its suffix.
  static func of(path: String) -> Self? {
    OutputOptions().writers.matching(path: path).map(Self.init)
  }
}

/// The options of writers.
struct OutputOptions {
  var text = Formats.Options()
  var picture = PictureOptions()

  /// The writers of all formats, with these options.
  var writers: [any ProfileWriter] {
    var picture = picture
    picture.separatesThreads = text.separatesThreads
    return FormatList.writers(text: text, picture: picture)
  }

  /// The writer of a format, with these options.
  func writer(of format: OutputFormat) -> any ProfileWriter {
    guard let writer = writers.first(where: { $0.name == format.name }) else {
      preconditionFailure("a format is made from one of these writers")
    }
    return writer
  }
}
