// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FlameGraphs

/// The options of `flameback diff`, and their checks. `DiffRun` does the work.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Draws or tabulates the difference between two profiles.",
    usage: "flameback diff BEFORE AFTER [-o FILE.svg|FILE.html]…",
    discussion: """
      Reads the formats that `flameback report` reads. Compares shares of each side's total, so \
      that the recordings need not be equally long. Functions that shrank are blue, those that \
      grew orange, those whose change may be chance grey. Without -o: a table of functions by own \
      change, the largest first, on standard output.

      EXAMPLES
        flameback diff before.svg after.svg
        flameback diff monday.pb.gz tuesday.pb.gz -o diff.svg -o diff.html
        flameback diff --absolute before.html after.html -o diff.svg

      EXIT STATUS
        0    done, even if the profiles differ
        1    an input could not be read, or has no samples
        2    usage
        5    the output could not be written
      """)

  @Argument(
    help: ArgumentHelp("The profile to compare with; '-' is standard input."), completion: .file())
  var before: String

  @Argument(
    help: ArgumentHelp("The profile to examine; '-' is standard input."), completion: .file())
  var after: String

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp(
      "Output file, repeatable: \(PictureFormat.all.flatMap(\.suffixes).joined(separator: " ")).",
      valueName: "file"),
    completion: .file())
  var output: [String] = []

  @Option(
    name: [.customShort("f", allowingJoined: true), .long],
    help: "The output format, whatever the suffix.")
  var format: PictureFormat?

  @Flag(
    help: "Compare CPU seconds instead of shares; sample counts, if neither input has a rate.")
  var absolute = false

  @OptionGroup var shown: MetricArguments

  @OptionGroup var picture: PictureArguments

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  func run() throws {
    guard before != "-" || after != "-" else {
      throw Failure.usage("standard input can be only one of the two inputs")
    }
    let destinations = try Destination.list(paths: output, format: format?.output)
    for destination in destinations where !destination.format.isPicture {
      throw Failure.usage(
        "a difference can be drawn as \(PictureFormat.allValueStrings.joined(separator: " or ")), "
          + "not as \(destination.format.name)")
    }
    let run = DiffRun(
      before: before, after: after, destinations: destinations, metric: shown.metric,
      isAbsolute: absolute, picture: try picture.options(), isQuiet: quiet)
    try run.run()
  }
}

/// A format in which a difference can be drawn.
struct PictureFormat: ExpressibleByArgument {
  fileprivate let output: OutputFormat

  fileprivate static let all = Pictures.writers().map { OutputFormat($0) }

  init?(argument: String) {
    guard let format = Self.all.first(where: { $0.name == argument }) else { return nil }
    output = format
  }

  static var allValueStrings: [String] { all.map(\.name) }
}
