// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `flameback diff`: its options, and what they may not be. What it does is in `DiffRun`.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Draws or tabulates what changed from one profile to another.",
    usage: "flameback diff BEFORE AFTER [-o FILE.svg|FILE.html]…",
    discussion: """
      Reads what `flameback report` reads. Shares of each side's total are compared, so that the two \
      need not be equally long. Less is blue, more is orange, what may be chance is grey. Without \
      -o: a table of the functions whose own cost changed most, on standard output.

      EXAMPLES
        flameback diff before.svg after.svg
        flameback diff monday.pb.gz tuesday.pb.gz -o diff.svg -o diff.html
        flameback diff --absolute before.html after.html -o diff.svg

      EXIT STATUS
        0    done, whatever the difference
        1    an input could not be read, or has no samples
        2    usage
        5    the output could not be written
      """)

  @Argument(
    help: ArgumentHelp("What it is compared with; '-' is standard input."), completion: .file())
  var before: String

  @Argument(help: ArgumentHelp("What is looked at."), completion: .file())
  var after: String

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp("Where to, repeatable: .svg or .html.", valueName: "file"),
    completion: .file())
  var output: [String] = []

  @Option(
    name: [.customShort("f", allowingJoined: true), .long],
    help: "The format, whatever the suffix.")
  var format: PictureFormat?

  @Flag(
    help: "Compare CPU seconds, not shares; samples, where neither input knows its rate.")
  var absolute = false

  @OptionGroup var picture: PictureArguments

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  func run() throws {
    guard before != "-" || after != "-" else {
      throw Failure.usage("standard input can be one side only")
    }
    let destinations = try Destination.list(paths: output, format: format?.output)
    for destination in destinations where !destination.format.isPicture {
      throw Failure.usage(
        "a difference is drawn as svg or html, not \(destination.format.rawValue)")
    }
    let run = DiffRun(
      before: before, after: after, destinations: destinations, isAbsolute: absolute,
      picture: try picture.options(), isQuiet: quiet)
    try run.run()
  }
}

/// What a difference can be drawn as.
enum PictureFormat: String, CaseIterable, ExpressibleByArgument {
  case svg
  case html

  fileprivate var output: OutputFormat {
    switch self {
    case .svg: .svg
    case .html: .html
    }
  }
}
