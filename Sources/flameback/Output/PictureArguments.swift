// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FlameGraphs

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

  @Flag(help: "Keep every frame in the SVG's viewer, even beyond 512 KB.")
  var full = false

  func options() throws(Failure) -> PictureOptions {
    if let width, !(400...10_000).contains(width) {
      throw .usage("--width \(width): must be 400 to 10000")
    }
    return PictureOptions(
      title: title, subtitle: subtitle, width: width ?? 1200, countName: countName, isFull: full)
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
  /// All frames in the SVG, whatever its size.
  var isFull = false
  var look = PictureLook()
  /// In pixels; what is narrower is not drawn.
  var narrowestBox = 0.5
  /// Whether the SVG has samples in the order of time.
  var isChart = false
}
