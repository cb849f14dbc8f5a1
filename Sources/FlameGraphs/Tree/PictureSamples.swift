// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A sink that makes the tree of a picture: a call tree, or for a flame chart a tree in order of
/// time.
package struct PictureSamples: SampleSink {
  private var tree: CallTreeBuilder
  /// Set for a flame chart, which then takes all samples.
  private var chart: FlameChartBuilder?

  /// The sink of a call tree.
  init(_ tree: CallTreeBuilder) { self.tree = tree }

  /// The sink of a flame chart.
  init(_ chart: FlameChartBuilder) {
    tree = CallTreeBuilder()
    self.chart = chart
  }

  /// Notes the metrics of the next input.
  ///
  /// - Parameters:
  ///   - metrics: The metrics that each sample has a value for, in this order.
  ///   - usual: The index in `metrics` of the input's default metric.
  package mutating func begin(_ metrics: [Metric], usual: Int) {
    if chart != nil {
      chart?.begin(metrics, usual: usual)
    } else {
      tree.begin(metrics, usual: usual)
    }
  }

  /// Reserves memory for the nodes of an input of folded stacks.
  ///
  /// - Parameter bytes: The size of the text in bytes; 0 where not known.
  package mutating func expect(textOf bytes: Int) {
    if chart == nil { tree.expect(textOf: bytes) }
  }

  /// Returns the id of a frame for the paths of `add`. Frames whose name, kind, module and source
  /// are equal have the same id.
  package mutating func number(of frame: FrameDescription) -> Int32 {
    chart?.number(of: frame) ?? tree.number(of: frame)
  }

  /// Returns the id of a thread for `add`. It stands for the boxes that group the thread's samples.
  package mutating func number(of thread: ThreadDescription) -> Int32 {
    chart?.number(of: thread) ?? tree.number(of: thread)
  }

  /// Adds the samples of one stack.
  ///
  /// - Parameters:
  ///   - thread: The id of the thread; -1 where not known.
  ///   - truncation: The reason why outermost frames are missing; nil for a complete stack.
  ///   - path: The ids of the frames, from the root to the leaf.
  ///   - values: The sums of the samples' values, one for each metric of the input.
  ///   - times: The times of the samples, in nanoseconds since the start of the recording; empty
  ///     where not known.
  package mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64]
  ) {
    if chart != nil {
      chart?.add(thread: thread, truncation: truncation, path: path, values: values, times: times)
    } else {
      tree.add(thread: thread, truncation: truncation, path: path, values: values, times: times)
    }
  }

  /// Returns the tree of all samples, and ends the sink.
  package consuming func finish() -> CallTree {
    if let chart { return chart.finish() }
    return tree.finish()
  }
}
