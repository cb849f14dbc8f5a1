// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
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
/// If all outputs have one format whose writer takes samples while they are read (a
/// `SampleWriter`), the inputs are never held in memory. Otherwise they become a profile first.
struct ReportRun {
  let options: ReportOptions

  func run() throws(Failure) {
    let formats = Set(options.destinations.map(\.format))
    if options.destinations.isEmpty {
      try tabulate()
    } else if formats.count == 1, let format = formats.first,
      let writer = options.output.writer(of: format) as? any SampleWriter
    {
      try writeSamples(writer)
    } else {
      try writeProfile()
    }
  }

  // MARK: Reading

  /// - Parameter most: The largest sum of a metric that the sink and what is made of it can hold.
  private func read<Sink: SampleSink>(
    into sink: consuming Sink, most: UInt64
  ) throws(Failure) -> (sink: Sink, reading: InputReading) {
    var reading = InputReading()
    let sink = ValueTotals(sink, most: most)
    if options.selection.isEverything {
      var sink = sink
      for path in options.inputs { try reading.read(path, into: &sink) }
      try reading.check(isQuiet: options.isQuiet)
      return (summed(sink), reading)
    }
    var filter = SampleFilter(sink, options.selection)
    for path in options.inputs { try reading.read(path, into: &filter) }
    try reading.check(isQuiet: options.isQuiet)
    if options.selection.times != nil, !filter.hasMetTimes {
      throw .runtime(
        "--time: the input has no times of samples; flameback record --timeline keeps them")
    }
    return (summed(filter.next), reading)
  }

  /// What is behind the sums, which are reported if they are too large.
  private func summed<Sink: SampleSink>(_ totals: ValueTotals<Sink>) -> Sink {
    if !options.isQuiet, let sentence = totals.complaint {
      StandardStreams.say("flameback: \(sentence)")
    }
    return totals.next
  }

  // MARK: Writing

  private func writeSamples(_ writer: some SampleWriter) throws(Failure) {
    let outputs = try options.destinations.open()
    let (samples, reading) = try read(
      into: CountedSamples(writer.samples(metric: options.metric), metric: options.metric),
      most: CallTreeBuilder.mostSamples)
    let facts = try facts(of: reading)
    try checkTotal(samples.total)
    for destination in outputs {
      try destination.write { stream throws(WritingError) in
        try writer.write(samples.next, facts, to: &stream)
      }
    }
  }

  private func writeProfile() throws(Failure) {
    let outputs = try options.destinations.open()
    let drawsPictures = options.destinations.contains { $0.format.isPicture }
    let (collector, reading) = try read(
      into: ProfileCollector(Session()),
      most: drawsPictures ? CallTreeBuilder.mostSamples : ProfileCollector.mostValues)
    var profile = collector.finish()
    let facts = try facts(of: reading)
    profile.session = facts.session
    profile.account = facts.account ?? Account()
    try checkTotal(profile.totalCount)
    for destination in outputs {
      let writer = options.output.writer(of: destination.format)
      try destination.write { stream throws(WritingError) in
        try writer.write(profile, to: &stream)
      }
    }
  }

  private func tabulate() throws(Failure) {
    let (builder, reading) = try read(
      into: CallTreeBuilder(.threadNames, metric: options.metric),
      most: CallTreeBuilder.mostSamples)
    _ = try facts(of: reading)
    let tree = builder.finish()
    try checkTotal(tree.allSamples)
    let text = ReportText(tree: tree)
    try StandardStreams.print(options.showsTree ? text.callTree() : text.functions())
  }

  private func checkTotal(_ total: UInt64) throws(Failure) {
    if total == 0 { throw .runtime("no samples are left; nothing was written") }
  }

  // MARK: Facts of the inputs

  /// The facts of all inputs together, with the metric to show.
  private func facts(of reading: InputReading) throws(Failure) -> InputFacts {
    let metric = try reading.metric(named: options.metric)
    var session = Session.common(to: reading.facts.map(\.session))
    session.shown = session.metrics.firstIndex(of: metric) ?? session.shown
    if session.target.isEmpty { session.target = inputNames }
    var facts = InputFacts(session: session)
    if reading.facts.count == 1, session.shown == 0 {
      facts.countName = reading.facts[0].countName
    }
    // Losses, and the text of a picture with its number of samples, are those of one whole input.
    if options.selection.isEverything, reading.facts.count == 1 {
      facts.account = reading.facts[0].account
      if session.shown == 0 { facts.heading = reading.facts[0].heading }
    }
    return facts
  }

  /// The names of the inputs without folders: `a.folded, b.folded`.
  private var inputNames: String {
    options.inputs.map(InputFile.shownName).joined(separator: ", ")
  }
}
