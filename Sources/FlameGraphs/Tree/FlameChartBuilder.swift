// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A sink that makes a tree in the order of time, for a flame chart. A sample shares the boxes of the
/// previous one as far as their stacks agree. Threads follow each other. Samples without a time are in
/// the order of the input, as in flamegraph.pl.
public struct FlameChartBuilder: SampleSink {
  private struct Entry {
    var thread: Int32
    /// Nanoseconds since the start; of samples without a time 2^63 plus their index in the input.
    var time: UInt64
    var truncation: Truncation?
    var path: [Int32]
    var count: UInt64
  }

  private var builder: CallTreeBuilder
  private var entries: [Entry] = []

  /// The metric whose values are `CallTree.own`.
  public private(set) var shown: ShownMetric

  /// - Parameter metric: The name of the metric to show; nil for the default of `Metric.shown`.
  public init(metric: String? = nil) {
    shown = ShownMetric(named: metric)
    builder = CallTreeBuilder(.threadNames, keepsTimes: false, keepsOrder: true)
  }

  /// Takes the metrics of the next input.
  public mutating func begin(_ metrics: [Metric], usual: Int) {
    shown.begin(metrics, usual: usual)
  }

  /// The id of a frame's label.
  public mutating func number(of frame: FrameDescription) -> Int32 { builder.number(of: frame) }
  /// The id of a thread, which has the labels of its groups.
  public mutating func number(of thread: ThreadDescription) -> Int32 { builder.number(of: thread) }

  /// Keeps samples of one stack, each with its time, until all are there.
  public mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues,
    times: [UInt64]
  ) {
    let count = values[shown.index]
    let known = times.prefix(Int(clamping: count))
    for time in known {
      entries.append(
        Entry(thread: thread, time: time, truncation: truncation, path: path, count: 1))
    }
    guard known.count < count else { return }
    entries.append(
      Entry(
        thread: thread, time: .max >> 1 + UInt64(entries.count), truncation: truncation, path: path,
        count: count - UInt64(known.count)))
  }

  /// The tree of all samples.
  public consuming func finish() -> CallTree {
    entries.sort { ($0.thread, $0.time) < ($1.thread, $1.time) }
    for entry in entries {
      builder.add(
        thread: entry.thread, truncation: entry.truncation, path: entry.path,
        values: SampleValues(entry.count))
    }
    return builder.finish()
  }
}
