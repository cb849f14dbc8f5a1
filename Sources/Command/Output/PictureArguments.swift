// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FlameGraphs
import ProfileModel

/// The options that set text and measures of pictures, named as in flamegraph.pl.
struct PictureArguments: ParsableArguments {
  @Option(help: "Headline of the picture.")
  var title: String?

  @Option(
    help: ArgumentHelp("Line below the headline. (default: what was measured)", valueName: "text"))
  var subtitle: String?

  @Option(help: ArgumentHelp("Width of the picture. (default: 1200)", valueName: "pixels"))
  var width: Int?

  @Option(
    name: .customLong("countname"),
    help: ArgumentHelp("Unit of the counts, as a word. (default: samples)", valueName: "name"))
  var countName: String?

  @Option(
    name: .customLong("nametype"),
    help: ArgumentHelp("Text before names in the viewer's tooltip.", valueName: "text"))
  var nameType: String?

  @Option(help: ArgumentHelp("A note that the viewer shows.", valueName: "text"))
  var notes: String?

  @Option(
    help: ArgumentHelp("Height of a row of boxes. (default: 18)", valueName: "pixels"))
  var height: Double?

  @Option(
    name: .customLong("fontsize"),
    help: ArgumentHelp("Font size in boxes. (default: 11)", valueName: "pixels"))
  var fontSize: Double?

  @Option(
    name: .customLong("fonttype"),
    help: ArgumentHelp("Font in boxes, preferably of fixed width.", valueName: "family"))
  var fontType: String?

  @Option(
    name: .customLong("fontwidth"),
    help: ArgumentHelp(
      "Mean width of a character, relative to the font size. (default: 0.6)", valueName: "ratio"))
  var fontWidth: Double?

  @Flag(help: "Keep every frame in the SVG's viewer, even if that takes more than 512 KB.")
  var full = false

  /// The options as a value.
  func options() throws(Failure) -> PictureOptions {
    if let width, !(400...10_000).contains(width) {
      throw .usage("--width \(width): must be 400 to 10000")
    }
    var options = PictureOptions()
    options.title = title
    options.subtitle = subtitle
    options.width = width ?? options.width
    options.countName = countName
    options.nameType = nameType
    options.notes = notes
    if full { options.payloadLimit = nil }
    try arrange(&options)
    return options
  }

  /// Sets row height and font. If only one of the two is given, the other one is derived from it.
  private func arrange(_ options: inout PictureOptions) throws(Failure) {
    for (name, value, range) in [
      ("--height", height, 5...200), ("--fontsize", fontSize, 4...100),
      ("--fontwidth", fontWidth, 0.2...2),
    ] {
      if let value, !range.contains(value) {
        throw .usage("\(name) \(value): must be \(range.lowerBound) to \(range.upperBound)")
      }
    }
    options.rowHeight = height ?? max(options.rowHeight, ((fontSize ?? 0) * 1.5).rounded())
    options.fontSize = fontSize ?? min(options.fontSize, options.rowHeight * 0.75)
    guard options.fontSize < options.rowHeight else {
      throw .usage("--fontsize \(options.fontSize) does not fit into --height \(options.rowHeight)")
    }
    options.columnWidth = fontWidth ?? options.columnWidth
    if let fontType {
      guard fontType.allSatisfy({ $0.isLetter || $0.isNumber || " -_,'\"".contains($0) }) else {
        throw .usage(
          "--fonttype \(VisibleText.of(fontType)): must be names of fonts, separated by commas")
      }
      options.fontFamily = "\(fontType), \(PictureOptions.usualFontFamily)"
    }
  }
}
