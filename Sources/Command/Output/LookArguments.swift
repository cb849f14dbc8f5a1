// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FlameGraphs

/// The options that set arrangement and colours of boxes, named as in flamegraph.pl.
struct LookArguments: ParsableArguments {
  @Flag(help: "Draw the root on top: an icicle graph.")
  var inverted = false

  @Flag(help: "Draw callers below their callees: the functions that ran are on top.")
  var reverse = false

  @Flag(
    help: "Draw samples in order of time, or of the input if that has no times; SVG only.")
  var flamechart = false

  @Option(
    name: [.long, .customLong("color")],
    help: ArgumentHelp("Colours of the boxes. (default: files)", valueName: "palette"))
  var colors: PaletteStyle?

  @Option(
    name: .customLong("minwidth"),
    help: ArgumentHelp(
      "Leave narrower boxes out of the static picture; the viewer has them. (default: 0.5)",
      valueName: "pixels"))
  var minimumWidth: Double?

  // Accepted without effect: colours always depend on the name alone.
  @Flag(help: .hidden) var hash = false
  @Flag(help: .hidden) var cp = false

  /// Sets the options' values.
  ///
  /// - Throws: A usage error for options that exclude each other, or a value out of range.
  func apply(to options: inout PictureOptions) throws(Failure) {
    guard !flamechart || !reverse else {
      throw .usage("--flamechart and --reverse exclude each other")
    }
    if let minimumWidth, !(0.01...100).contains(minimumWidth) {
      throw .usage("--minwidth \(minimumWidth): must be 0.01 to 100")
    }
    options.view = reverse ? .reversed : inverted ? .icicle : .flame
    options.palette = colors ?? .files
    options.narrowestBox = minimumWidth ?? options.narrowestBox
    options.isChart = flamechart
  }
}

extension PaletteStyle: ExpressibleByArgument {}
