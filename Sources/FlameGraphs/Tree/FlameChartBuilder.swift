// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A sink that makes the tree of a flame chart, in which samples are in order of time. Consecutive
/// samples share boxes as far as their stacks agree, from the root on. Threads follow each other.
/// Samples without a time are in the order of the input, as in flamegraph.pl.
package final class FlameChartBuilder: SampleSink {
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

  /// The choice of the metric whose values become `CallTree.own`. After all inputs were read, check
  /// its `problem`: inputs can lack the metric, or have it in different units.
  package private(set) var shown: ShownMetric

  /// Creates a builder that has no samples yet.
  ///
  /// - Parameter metric: The name of the metric to show; nil for `wall`, else `cpu`, else the
  ///   default metric of the input.
  package init(metric: String? = nil) {
    shown = ShownMetric(named: metric)
    builder = CallTreeBuilder(.threadNames, keepsTimes: false, keepsOrder: true)
  }

  /// Begins the next input, with the metrics of its samples. Call it before the first sample of
  /// each input.
  ///
  /// - Parameters:
  ///   - metrics: The metrics that each sample has a value for, in this order.
  ///   - usual: The index in `metrics` of the input's default metric.
  package func begin(_ metrics: [Metric], usual: Int) {
    shown.begin(metrics, usual: usual)
  }

  /// Registers a frame and returns its id, which `add` takes in paths. Frames with equal name,
  /// kind, module and source get the same id.
  package func number(of frame: FrameDescription) -> Int32 { builder.number(of: frame) }
  /// Registers a thread and returns its id, from 0, which `add` takes. Each call registers a
  /// further thread, so call it once for each.
  package func number(of thread: ThreadDescription) -> Int32 { builder.number(of: thread) }

  /// Adds the samples of one stack. They are held until `finish`, which orders them by time.
  ///
  /// - Parameters:
  ///   - thread: The id that `number(of:)` returned for the thread; -1 where not known.
  ///   - truncation: The reason why outermost frames are missing; nil for a complete stack.
  ///   - path: The ids that `number(of:)` returned for the frames, from the outermost caller to the
  ///     function that ran.
  ///   - values: The sums of the samples' values, one for each metric of the input.
  ///   - times: The times of the samples, in nanoseconds since the start of the recording; empty
  ///     where not known.
  package func add(
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

  /// Returns the tree of all samples, in which siblings are in order of time. The builder is empty
  /// afterwards.
  package func finish() -> CallTree {
    // Taken out, since a second reference would make each change of it a copy.
    var whole = CallTreeBuilder()
    swap(&whole, &builder)
    entries.sort { ($0.thread, $0.time) < ($1.thread, $1.time) }
    for entry in entries {
      whole.add(
        thread: entry.thread, truncation: entry.truncation, path: entry.path,
        values: SampleValues(entry.count))
    }
    entries = []
    return whole.finish()
  }
}
