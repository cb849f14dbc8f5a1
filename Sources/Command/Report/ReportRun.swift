// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import Formats
import ProfileModel

/// The options of `report`.
struct ReportOptions {
  /// Paths; `-` is standard input.
  var inputs: [String]
  /// Empty: text on standard output.
  var destinations: [Destination]
  /// The name of the metric to show; nil for the default.
  var metric: String?
  /// Whether the text is a call tree instead of a table of functions.
  var showsTree: Bool
  var selection: SampleSelection
  var output: OutputOptions
  var isQuiet: Bool
}

/// One run of `report`: reads and filters inputs, writes outputs.
///
/// If all outputs are drawn from one tree, the inputs are merged into it while they are read, and
/// never held in memory. Otherwise they become a profile first.
struct ReportRun {
  let options: ReportOptions

  func run() throws(Failure) {
    let formats = Set(options.destinations.map(\.format))
    if options.destinations.isEmpty {
      let (builder, reading) = try read(
        into: CallTreeBuilder(.threadNames, metric: options.metric))
      _ = try reading.metric(named: options.metric)
      try tabulate(builder.finish())
    } else if formats.count == 1, let format = formats.first, format.isPicture {
      let (samples, reading) = try read(
        into: format.pictureWriter(options.output).samples(metric: options.metric))
      try writePictures(of: samples.finish(), reading)
    } else {
      try writeProfile()
    }
  }

  // MARK: Reading

  private func read<Sink: SampleSink>(
    into sink: consuming Sink
  ) throws(Failure) -> (sink: Sink, reading: InputReading) {
    var reading = InputReading()
    if options.selection.isEverything {
      for path in options.inputs { try reading.read(path, into: &sink) }
      try reading.check(isQuiet: options.isQuiet)
      return (sink, reading)
    }
    var filter = SampleFilter(sink, options.selection)
    for path in options.inputs { try reading.read(path, into: &filter) }
    try reading.check(isQuiet: options.isQuiet)
    if options.selection.times != nil, !filter.hasMetTimes {
      throw .runtime(
        "--time: the input has no times of samples; flameback record --timeline keeps them")
    }
    return (filter.next, reading)
  }

  // MARK: Writing

  private func writePictures(of tree: CallTree, _ reading: InputReading) throws(Failure) {
    let session = try session(of: reading)
    try checkSamples(tree.allSamples)
    let drawing = Drawing(tree, facts(session, reading), options.output.pictureOptions)
    for destination in options.destinations {
      try destination.write { () throws(WritingError) in
        try destination.format.bytes(of: drawing, options.output)
      }
    }
  }

  private func writeProfile() throws(Failure) {
    let (collector, reading) = try read(into: ProfileCollector(Session()))
    var profile = collector.finish()
    profile.session = try session(of: reading)
    profile.account = account(reading)
    try checkSamples(profile.totalCount)
    for destination in options.destinations {
      try destination.write { () throws(WritingError) in
        try destination.format.bytes(of: profile, options: options.output)
      }
    }
  }

  private func checkSamples(_ count: UInt64) throws(Failure) {
    if count == 0 { throw .runtime("no samples are left; nothing was written") }
  }

  private func tabulate(_ tree: CallTree) throws(Failure) {
    try checkSamples(tree.allSamples)
    let text = ReportText(tree: tree)
    try StandardStreams.print(options.showsTree ? text.callTree() : text.functions())
  }

  // MARK: Facts of the inputs

  /// What the sessions of all inputs have in common, with the metric to show.
  private func session(of reading: InputReading) throws(Failure) -> Session {
    let metric = try reading.metric(named: options.metric)
    var session = Session.common(to: reading.facts.map(\.session))
    session.shown = session.metrics.firstIndex(of: metric) ?? session.shown
    if session.target.isEmpty { session.target = inputNames }
    return session
  }

  /// The account of the input; empty for several inputs or a part of one, since the numbers of lost
  /// samples are those of one whole recording.
  private func account(_ reading: InputReading) -> Account {
    guard options.selection.isEverything, reading.facts.count == 1 else { return Account() }
    return reading.facts[0].account ?? Account()
  }

  /// What the inputs say together.
  private func facts(_ session: Session, _ reading: InputReading) -> InputFacts {
    var facts = InputFacts(session: session, account: account(reading))
    // The text of a picture has its number of samples, which is right only if all are drawn again, in
    // the same metric.
    if options.inputs.count == 1, options.selection.isEverything, session.shown == 0 {
      facts.heading = reading.facts[0].heading
    }
    return facts
  }

  /// The names of the inputs without folders: `a.folded, b.folded`.
  private var inputNames: String {
    options.inputs.map(InputFile.shownName).joined(separator: ", ")
  }
}
