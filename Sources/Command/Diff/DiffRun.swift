// SPDX-License-Identifier: Apache-2.0

import FlameGraphs
import ProfileModel

/// One run of `diff`: reads two inputs into one tree, and writes the difference.
struct DiffRun {
  /// Paths; `-` is standard input.
  var before: String
  var after: String
  /// Empty: text on standard output.
  var destinations: [Destination]
  /// The name of the metric to compare; nil for the default.
  var metric: String?
  /// Whether amounts are compared instead of shares.
  var isAbsolute: Bool
  var picture: PictureOptions
  var isQuiet: Bool

  /// One input as a tree of one metric.
  private struct Side {
    var tree: CallTree
    var metric: Metric
    /// The name of what is counted.
    var countName: String

    /// Nanoseconds of CPU time that a sample stands for; 0 if it is not known.
    var nanosecondsPerSample: Int64 { Int64(clamping: metric.nanosecondsPerSample ?? 0) }

    /// `1,234 samples`, escaped.
    var total: String {
      "\(Words.grouped(tree.allSamples)) \(VisibleText.of(countName))"
    }
  }

  func run() throws(Failure) {
    let outputs = try destinations.open()
    let (before, after) = (try read(before), try read(after))
    let difference = CallTreeDifference(
      before: before.tree, after: after.tree, basis: try basis(before, after))
    if destinations.isEmpty {
      let text = DifferenceText(difference: difference, unit: unit(before, after))
      try StandardStreams.print(text.functions())
    }
    let drawing = Drawing(difference, text(of: difference, before, after).with(picture))
    let writers = Pictures.writers(options: picture)
    for destination in outputs {
      guard let writer = writers.first(where: { $0.name == destination.format.name }) else {
        continue
      }
      try destination.write { stream throws(WritingError) in
        try writer.write(drawing, to: &stream)
      }
    }
  }

  private func read(_ path: String) throws(Failure) -> Side {
    var reading = InputReading()
    var sink = ValueTotals(
      ComparableFrames(CallTreeBuilder(.threadNames, metric: metric)),
      most: CallTreeBuilder.mostSamples)
    try reading.read(path, into: &sink)
    try reading.check(isQuiet: isQuiet)
    if !isQuiet, let sentence = sink.complaint {
      StandardStreams.say("flameback: \(VisibleText.of(path)): \(sentence)")
    }
    let shown = try reading.metric(named: metric)
    let tree = sink.next.next.finish()
    guard tree.allSamples > 0 else {
      throw .runtime("\(VisibleText.of(path)) has no samples to compare")
    }
    let countName = reading.facts.first?.countName ?? shown.countName
    return Side(tree: tree, metric: shown, countName: countName)
  }

  private func basis(_ before: Side, _ after: Side) throws(Failure) -> CallTreeDifference.Basis {
    guard isAbsolute else { return .shares }
    switch (before.nanosecondsPerSample, after.nanosecondsPerSample) {
    case (0, 0):
      guard before.countName == after.countName else {
        throw .runtime(
          "--absolute: \(VisibleText.of(before.countName)) and "
            + "\(VisibleText.of(after.countName)) cannot be compared")
      }
      return .counts
    case (0, _), (_, 0):
      let path = before.nanosecondsPerSample == 0 ? self.before : self.after
      throw .runtime(
        "--absolute: \(VisibleText.of(path)) has no sampling rate, so its CPU time is not known")
    case (let first, let second): return .cpuTime(before: first, after: second)
    }
  }

  private func text(
    of difference: CallTreeDifference, _ before: Side, _ after: Side
  ) -> PictureText {
    let names = (InputFile.shownName(of: self.before), InputFile.shownName(of: self.after))
    let basis =
      switch difference.basis {
      case .shares: "shares of each total are compared"
      case .counts: "counts are compared"
      case .cpuTime: "CPU seconds are compared"
      }
    return PictureText(
      title: PictureText.differenceTitle(before.metric, after.metric)
        + ": \(names.1) against \(names.0)",
      subtitle: [
        "before: \(before.total)", "after: \(after.total)", basis,
        "boxes as wide as both sides together",
      ],
      metric: Metric(countName: unit(before, after)))
  }

  /// The unit of counts: that of both sides, or samples.
  private func unit(_ before: Side, _ after: Side) -> String {
    let unit = before.countName
    return unit == after.countName ? unit : Metric.samples.countName
  }
}
