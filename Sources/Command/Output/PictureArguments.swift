// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FlameGraphs
import ProfileModel

/// How pictures look, under the names that flamegraph.pl has for it.
struct PictureArguments: ParsableArguments {
  @Option(help: "Headline of the picture.")
  var title: String?

  @Option(help: ArgumentHelp("A line below it, instead of what was measured.", valueName: "text"))
  var subtitle: String?

  @Option(help: ArgumentHelp("Width of the picture. (default: 1200)", valueName: "pixels"))
  var width: Int?

  @Option(
    name: .customLong("countname"),
    help: ArgumentHelp("What is counted. (default: samples)", valueName: "name"))
  var countName: String?

  @Option(
    name: .customLong("nametype"),
    help: ArgumentHelp("In front of names in the viewer's tooltip.", valueName: "text"))
  var nameType: String?

  @Option(help: ArgumentHelp("A note to whoever opens the viewer.", valueName: "text"))
  var notes: String?

  @Option(
    help: ArgumentHelp("From one row of boxes to the next. (default: 18)", valueName: "pixels"))
  var height: Double?

  @Option(
    name: .customLong("fontsize"),
    help: ArgumentHelp("Size of the letters in boxes. (default: 11)", valueName: "pixels"))
  var fontSize: Double?

  @Option(
    name: .customLong("fonttype"),
    help: ArgumentHelp("Their font, better one of fixed width.", valueName: "family"))
  var fontType: String?

  @Option(
    name: .customLong("fontwidth"),
    help: ArgumentHelp("Mean width of a letter, in sizes. (default: 0.6)", valueName: "part"))
  var fontWidth: Double?

  @Flag(help: "Keep every frame in the SVG's viewer, even beyond 512 KB.")
  var full = false

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

  /// Rows grow with their letters, and letters shrink with their rows.
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
        throw .usage("--fonttype \(VisibleText.of(fontType)): names of fonts, parted by commas")
      }
      look.font.family = "\(fontType), \(LabelFont.usualFamily)"
    }
  }
}

struct PictureOptions {
  /// nil names the target.
  var title: String?
  /// nil tells what was measured.
  var subtitle: String?
  /// In pixels.
  var width = 1200
  /// nil takes the input's word.
  var countName: String?
  /// nil needs no word.
  var nameType: String?
  var notes: String?
  /// All frames in the SVG, whatever its size.
  var isFull = false
  var look = PictureLook()
  /// In pixels; what is narrower is not drawn.
  var narrowestBox = 0.5
  /// Whether the SVG has samples in the order of time.
  var isChart = false
}
