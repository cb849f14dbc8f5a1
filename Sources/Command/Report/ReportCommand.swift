// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Flameback
import Formats
import ProfileModel

/// The options of `flameback report`, and their checks. `ReportRun` does the work.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draws, tabulates or converts profiles of flameback and of other tools.",
    usage: "flameback report INPUT… [-o FILE]…",
    discussion: """
      Formats of inputs are recognized by content: \(FormatList.readableNames); each may be \
      gzipped. Several inputs are summed. '-' is standard input. Without -o: a table of functions \
      on standard output.

      EXAMPLES
        flameback report stacks.folded -o flame.svg -o flame.html
        perf script | flameback report - -o flame.svg
        flameback report flame.svg --tree
        flameback report day.pb.gz --include 'malloc|free' --exclude '^idle' -o m.svg
        flameback report a.folded b.folded -o both.pb.gz

      EXIT STATUS
        0    done; lines that could not be read are counted and reported
        1    nothing could be read, or the filters left no sample
        2    usage
        5    the output could not be written
      """)

  @Argument(
    help: ArgumentHelp("Files to read; '-' is standard input.", valueName: "input"),
    completion: .file())
  var inputs: [String]

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp(
      "Output file, repeatable; its suffix sets the format: \(OutputFormat.allSuffixes).",
      valueName: "file"), completion: .file())
  var output: [String] = []

  @Option(
    name: [.customShort("f", allowingJoined: true), .long],
    help: "The output format, whatever the suffix.")
  var format: OutputFormat?

  @Flag(help: "Without -o: a call tree instead of the table.")
  var tree = false

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Keep only stacks with a frame whose name matches; repeatable.", valueName: "regex"))
  var include: [NamePattern] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Drop stacks with a frame whose name matches; repeatable.", valueName: "regex"))
  var exclude: [NamePattern] = []

  @Option(help: ArgumentHelp("Keep only these processes.", valueName: "pid,…"))
  var pid: [PIDList] = []

  @Option(help: ArgumentHelp("Keep only the threads with these ids.", valueName: "tid,…"))
  var thread: [PIDList] = []

  @Option(help: ArgumentHelp("Keep only threads of this name; repeatable.", valueName: "name"))
  var comm: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Keep only this span, in seconds from the start; either end can be left out.",
      valueName: "from-to"))
  var time: TimeRange?

  @Option(
    help: ArgumentHelp(
      "Remove the callers of the outermost frame of this function.", valueName: "function"))
  var root: String?

  @Flag(help: "Merge consecutive frames of a function that calls itself.")
  var collapseRecursion = false

  @Flag(
    name: [.long, .customLong("tid")],
    help: "Keep threads of the same name apart in folded stacks and SVG, too.")
  var perThread = false

  @Flag(
    name: [.long, .customLong("all")],
    help: "Mark kernel frames _[k], JIT code _[j] and inlined frames _[i] in folded stacks.")
  var annotate = false

  @OptionGroup var shown: MetricArguments

  @OptionGroup var picture: PictureArguments

  @OptionGroup var look: LookArguments

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  func run() throws {
    guard !tree || output.isEmpty else {
      throw Failure.usage("--tree prints to the terminal and -o writes a file: give only one")
    }
    var selection = SampleSelection()
    selection.including = include.map(\.test)
    selection.excluding = exclude.map(\.test)
    selection.processIDs = Set(pid.flatMap(\.pids))
    selection.threadIDs = Set(thread.flatMap(\.pids))
    selection.threadNames = Set(comm)
    if let root { selection.root = { $0 == root } }
    selection.times = time?.nanoseconds
    selection.collapsesRecursion = collapseRecursion
    guard include.count <= 64 else { throw Failure.usage("--include: at most 64 times") }
    var picture = try picture.options()
    try look.apply(to: &picture)
    var text = Formats.Options()
    text.annotates = annotate
    text.separatesThreads = perThread
    let options = ReportOptions(
      inputs: inputs, destinations: try Destination.list(paths: output, format: format),
      metric: shown.metric, showsTree: tree, selection: selection,
      output: OutputOptions(text: text, picture: picture), isQuiet: quiet)
    try ReportRun(options: options).run()
  }
}
