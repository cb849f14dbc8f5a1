// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ProfileModel

/// `flameback report`: its options, and what they may not be. What it does is in `ReportRun`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draws, tabulates or converts profiles, its own and those of other tools.",
    usage: "flameback report INPUT… [-o FILE]…",
    discussion: """
      Inputs are told apart by what is in them: folded stacks, pprof, the text of `perf script`, \
      speedscope JSON, and flameback's own SVG, HTML and JSON; each may be gzipped. Several inputs \
      are summed. '-' is standard input. Without -o: a table of functions on standard output.

      EXAMPLES
        flameback report stacks.folded -o flame.svg -o flame.html
        perf script | flameback report - -o flame.svg
        flameback report flame.svg --tree
        flameback report day.pb.gz --include 'malloc|free' --exclude '^idle' -o m.svg
        flameback report a.folded b.folded -o both.pb.gz

      EXIT STATUS
        0    done, also with lines that could not be read: they are counted and told
        1    nothing could be read, or nothing is left after --include and the like
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
      "Where to, repeatable; the suffix decides the format: \(OutputFormat.allSuffixes).",
      valueName: "file"), completion: .file())
  var output: [String] = []

  @Option(
    name: [.customShort("f", allowingJoined: true), .long],
    help: "The format, whatever the suffix.")
  var format: OutputFormat?

  @Flag(help: "Without -o: a call tree instead of the table.")
  var tree = false

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Only stacks with a frame that matches; repeatable.", valueName: "regex"))
  var include: [NamePattern] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("No stacks with a frame that matches; repeatable.", valueName: "regex"))
  var exclude: [NamePattern] = []

  @Option(help: ArgumentHelp("Only these processes.", valueName: "pid,…"))
  var pid: [PIDList] = []

  @Option(help: ArgumentHelp("Only these threads, by id.", valueName: "tid,…"))
  var thread: [PIDList] = []

  @Option(help: ArgumentHelp("Only threads of this name; repeatable.", valueName: "name"))
  var comm: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only this stretch, in seconds from the start; one of both may be left out.",
      valueName: "from-to"))
  var time: TimeRange?

  @Option(
    help: ArgumentHelp("Cut stacks above the outermost frame of that name.", valueName: "function"))
  var root: String?

  @Flag(help: "One frame for a function that calls itself directly.")
  var collapseRecursion = false

  @Flag(
    name: [.long, .customLong("tid")],
    help: "Keep threads of one name apart, in folded stacks and the SVG, too.")
  var perThread = false

  @Flag(
    name: [.long, .customLong("all")],
    help: "Mark kernel frames _[k], JIT code _[j] and inlined frames _[i] in folded stacks.")
  var annotate = false

  @OptionGroup var picture: PictureArguments

  @OptionGroup var look: LookArguments

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  func run() throws {
    guard !tree || output.isEmpty else {
      throw Failure.usage("--tree is for the terminal, -o for files: give one of them")
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
    guard include.count <= 64 else { throw Failure.usage("--include: 64 at most") }
    var picture = try picture.options()
    try look.apply(to: &picture)
    let options = ReportOptions(
      inputs: inputs, destinations: try Destination.list(paths: output, format: format),
      showsTree: tree, selection: selection,
      output: OutputOptions(
        annotate: annotate, keepsThreadsApart: perThread, picture: picture), isQuiet: quiet)
    try ReportRun(options: options).run()
  }
}
