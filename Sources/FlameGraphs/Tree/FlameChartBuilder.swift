// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A sink that makes the tree of a flame chart, in which samples are in order of time. Consecutive
/// samples share boxes as far as their stacks agree, from the root on. Threads follow each other.
/// Samples without a time are in the order of the input, as in flamegraph.pl.
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

  /// The shown metric, whose values become `CallTree.own`. Check its `problem` after reading.
  public private(set) var shown: ShownMetric

  /// A builder without samples.
  ///
  /// - Parameter metric: The name of the metric to show; nil for the default of `Metric.shown`.
  public init(metric: String? = nil) {
    shown = ShownMetric(named: metric)
    builder = CallTreeBuilder(.threadNames, keepsTimes: false, keepsOrder: true)
  }

  /// Notes the metrics of the next input.
  ///
  /// - Parameters:
  ///   - metrics: The metrics that each sample has a value for, in this order.
  ///   - usual: The index in `metrics` of the input's default metric.
  public mutating func begin(_ metrics: [Metric], usual: Int) {
    shown.begin(metrics, usual: usual)
  }

  /// Returns the id of a frame for the paths of `add`. Frames whose name, kind, module and source
  /// are equal have the same id.
  public mutating func number(of frame: FrameDescription) -> Int32 { builder.number(of: frame) }
  /// Returns the id of a thread for `add`. It stands for the boxes that group the thread's samples.
  public mutating func number(of thread: ThreadDescription) -> Int32 { builder.number(of: thread) }

  /// Holds the samples of one stack, to be ordered by time in `finish`.
  ///
  /// - Parameters:
  ///   - thread: The id of the thread; -1 where not known.
  ///   - truncation: The reason why outermost frames are missing; nil for a complete stack.
  ///   - path: The ids of the frames, from the root to the leaf.
  ///   - values: The sums of the samples' values, one for each metric of the input.
  ///   - times: The times of the samples, in nanoseconds since the start of the recording; empty
  ///     where not known.
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

  /// Returns the tree of all samples in order of time, and ends the builder.
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
