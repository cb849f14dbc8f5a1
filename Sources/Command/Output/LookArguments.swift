// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FlameGraphs

/// How boxes are arranged and coloured, under the names that flamegraph.pl has for it.
struct LookArguments: ParsableArguments {
  @Flag(help: "The root on top: an icicle graph.")
  var inverted = false

  @Flag(help: "From the functions that ran, on top, to those that called them.")
  var reverse = false

  @Flag(help: "In the order of time, or of the input where it has no times; for SVG.")
  var flamechart = false

  @Option(
    name: [.long, .customLong("color")],
    help: ArgumentHelp("Colours of the boxes. (default: files)", valueName: "palette"))
  var colors: PaletteStyle?

  @Option(
    name: .customLong("minwidth"),
    help: ArgumentHelp(
      "Leave narrower boxes out of the picture; its viewer has them. (default: 0.5)",
      valueName: "pixels"))
  var minimumWidth: Double?

  // What these ask for is so in any case.
  @Flag(help: .hidden) var hash = false
  @Flag(help: .hidden) var cp = false

  /// - Throws: for what cannot be meant.
  func apply(to options: inout PictureOptions) throws(Failure) {
    guard !flamechart || !reverse else {
      throw .usage("--flamechart and --reverse contradict: callers of callees have no time")
    }
    if let minimumWidth, !(0.01...100).contains(minimumWidth) {
      throw .usage("--minwidth \(minimumWidth): must be 0.01 to 100")
    }
    options.look.view = reverse ? .reversed : inverted ? .icicle : .flame
    options.look.palette = colors ?? .files
    options.narrowestBox = minimumWidth ?? options.narrowestBox
    options.isChart = flamechart
  }
}

extension PaletteStyle: ExpressibleByArgument {}
