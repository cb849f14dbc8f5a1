// SPDX-License-Identifier: Apache-2.0

import Compression
import FlameGraphs
import ProfileModel

/// Reads two inputs into one tree, and shows where they differ.
struct DiffRun {
  var before: String
  var after: String
  /// Empty: text on standard output.
  var destinations: [Destination]
  /// Amounts instead of shares.
  var isAbsolute: Bool
  var picture: PictureOptions
  var isQuiet: Bool

  /// An input, read.
  private struct Side {
    var tree: CallTree
    var metric: Metric

    /// CPU time that a sample stands for; 0 if it is not known.
    var nanosecondsPerCount: Int64 { Int64(clamping: metric.nanosecondsPerSample ?? 0) }
    var countName: String { metric.countName }
  }

  func run() throws(Failure) {
    let (before, after) = (try read(before), try read(after))
    let difference = CallTreeDifference(
      before: before.tree, after: after.tree, basis: try basis(before, after))
    if destinations.isEmpty {
      try StandardStreams.print(DifferenceText(difference: difference).functions())
    }
    let text = picture.text(text(of: difference, before, after))
    for destination in destinations {
      try destination.write { () throws(CompressionError) in
        try destination.format.bytes(of: difference, text, picture)
      }
    }
  }

  private func read(_ path: String) throws(Failure) -> Side {
    var reading = InputReading()
    var sink = ComparableFrames(CallTreeBuilder(.threadNames))
    try reading.read(path, into: &sink)
    try reading.check(isQuiet: isQuiet)
    let tree = sink.next.finish()
    guard tree.allSamples > 0 else {
      throw .runtime("\(VisibleText.of(path)) has no samples to compare")
    }
    return Side(tree: tree, metric: reading.facts.first?.session.metric ?? .samples)
  }

  private func basis(_ before: Side, _ after: Side) throws(Failure) -> CallTreeDifference.Basis {
    guard isAbsolute else { return .shares }
    switch (before.nanosecondsPerCount, after.nanosecondsPerCount) {
    case (0, 0):
      guard before.countName == after.countName else {
        throw .runtime(
          "--absolute: \(VisibleText.of(before.countName)) and "
            + "\(VisibleText.of(after.countName)) cannot be compared")
      }
      return .counts
    case (0, _), (_, 0):
      let path = before.nanosecondsPerCount == 0 ? self.before : self.after
      throw .runtime(
        "--absolute: \(VisibleText.of(path)) does not tell its rate, so its CPU time is not known")
    case (let first, let second): return .cpuTime(before: first, after: second)
    }
  }

  private func text(
    of difference: CallTreeDifference, _ before: Side, _ after: Side
  ) -> PictureText {
    let names = (InputFile.shownName(of: self.before), InputFile.shownName(of: self.after))
    func counted(_ tree: CallTree) -> String { Words.grouped(tree.allSamples) }
    let basis =
      switch difference.basis {
      case .shares: "shares of each total are compared"
      case .counts: "counts are compared"
      case .cpuTime: "CPU seconds are compared"
      }
    return PictureText(
      title: "CPU flame graph difference: \(names.1) against \(names.0)",
      subtitle: [
        "before: \(counted(difference.before)) \(before.countName)",
        "after: \(counted(difference.after)) \(after.countName)", basis,
        "boxes as wide as both sides together",
      ],
      countName: before.countName == after.countName ? before.countName : "samples")
  }
}
