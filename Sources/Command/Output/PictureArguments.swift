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
    var options = PictureOptions(
      title: title, subtitle: subtitle, width: width ?? 1200, countName: countName,
      nameType: nameType, notes: notes, isFull: full)
    try arrange(&options.look)
    return options
  }

  /// Sets row height and font. If only one of the two is given, the other one is derived from it.
  private func arrange(_ look: inout PictureLook) throws(Failure) {
    for (name, value, range) in [
      ("--height", height, 5...200), ("--fontsize", fontSize, 4...100),
      ("--fontwidth", fontWidth, 0.2...2),
    ] {
      if let value, !range.contains(value) {
        throw .usage("\(name) \(value): must be \(range.lowerBound) to \(range.upperBound)")
      }
    }
    look.rowHeight = height ?? max(look.rowHeight, ((fontSize ?? 0) * 1.5).rounded())
    look.font.size = fontSize ?? min(look.font.size, look.rowHeight * 0.75)
    guard look.font.size < look.rowHeight else {
      throw .usage("--fontsize \(look.font.size) does not fit into --height \(look.rowHeight)")
    }
    look.font.columnWidth = fontWidth ?? look.font.columnWidth
    if let fontType {
      guard fontType.allSatisfy({ $0.isLetter || $0.isNumber || " -_,'\"".contains($0) }) else {
        throw .usage(
          "--fonttype \(VisibleText.of(fontType)): must be names of fonts, separated by commas")
      }
      look.font.family = "\(fontType), \(LabelFont.usualFamily)"
    }
  }
}

/// How a picture is drawn and what its text says.
struct PictureOptions {
  /// The headline; nil for one that names the target.
  var title: String?
  /// The line below the headline; nil for one that says what was measured.
  var subtitle: String?
  /// Pixels.
  var width = 1200
  /// The unit of the counts, as a word; nil for the unit of the input.
  var countName: String?
  /// The text before names in the viewer's tooltip; nil for none.
  var nameType: String?
  /// A note that the viewer shows; nil for none.
  var notes: String?
  /// Whether the SVG's viewer keeps all frames, however large the file gets.
  var isFull = false
  var look = PictureLook()
  /// Pixels; narrower boxes are left out of the static picture.
  var narrowestBox = 0.5
  /// Whether the SVG shows samples in order of time (a flame chart).
  var isChart = false
}
