// SPDX-License-Identifier: Apache-2.0

import Compression
import FlameGraphs
import Formats
import ProfileModel

/// What the command line asked for.
struct ReportOptions {
  var inputs: [String]
  /// Empty: text on standard output.
  var destinations: [Destination]
  var showsTree: Bool
  var selection: SampleSelection
  var output: OutputOptions
  var isQuiet: Bool
}

/// Reads inputs, lets the selection pass, writes outputs.
///
/// Where one tree is all that is asked for, inputs go straight into it and are never held; else
/// they become a profile first.
struct ReportRun {
  let options: ReportOptions

  func run() throws(Failure) {
    let formats = Set(options.destinations.map(\.format))
    if options.destinations.isEmpty {
      try tabulate(read(into: CallTreeBuilder(.threadNames)).sink.finish())
    } else if formats.count == 1, let format = formats.first, format.isPicture {
      let grouping = format.grouping(options.output)
      if options.output.picture.isChart, format == .svg {
        let (builder, reading) = try read(into: FlameChartBuilder())
        try writePictures(of: builder.finish(), reading)
      } else {
        let (builder, reading) = try read(
          into: CallTreeBuilder(grouping, keepsTimes: grouping == .processesAndThreads))
        try writePictures(of: builder.finish(), reading)
      }
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
        "--time: the input does not tell when samples fell; flameback record --timeline keeps it")
    }
    return (filter.next, reading)
  }

  // MARK: Writing

  private func writePictures(of tree: CallTree, _ reading: InputReading) throws(Failure) {
    try checkSamples(tree.allSamples)
    let text = text(reading, samples: tree.allSamples)
    for destination in options.destinations {
      try destination.write { () throws(CompressionError) in
        try destination.format.bytes(of: tree, text, options.output.picture)
      }
    }
  }

  private func writeProfile() throws(Failure) {
    let (collector, reading) = try read(into: ProfileCollector(session(reading: nil)))
    var profile = collector.finish()
    profile.session = session(reading: reading)
    profile.account = account(reading)
    try checkSamples(profile.totalCount)
    for destination in options.destinations {
      try destination.write { () throws(CompressionError) in
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

  // MARK: What is told of the inputs

  private func session(reading: InputReading?) -> Session {
    var session = Session.common(to: reading?.facts.map(\.session) ?? [])
    if session.target.isEmpty { session.target = inputNames }
    return session
  }

  /// What was lost belongs to one recording, and to all of it.
  private func account(_ reading: InputReading) -> Account {
    guard options.selection.isEverything, reading.facts.count == 1 else { return Account() }
    return reading.facts[0].account ?? Account()
  }

  private func text(_ reading: InputReading, samples: UInt64) -> PictureText {
    let picture = options.output.picture
    // A picture tells of its own samples, if all of them are shown again.
    if options.inputs.count == 1, options.selection.isEverything, let text = reading.pictureText {
      return picture.text(text)
    }
    let text = PictureText(session(reading: reading), title: picture.title)
    return picture.text(text, showing: samples, of: account(reading).samples)
  }

  /// `a.folded, b.folded`, without folders.
  private var inputNames: String {
    options.inputs.map(InputFile.shownName).joined(separator: ", ")
  }
}
