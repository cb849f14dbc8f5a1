// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The sink of a picture: it makes a call tree, or a tree in order of time for a flame chart.
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

  /// Takes the metrics of the next input.
  package mutating func begin(_ metrics: [Metric], usual: Int) {
    if chart != nil {
      chart?.begin(metrics, usual: usual)
    } else {
      tree.begin(metrics, usual: usual)
    }
  }

  /// Reserves memory for the nodes of a text.
  package mutating func expect(textOf bytes: Int) {
    if chart == nil { tree.expect(textOf: bytes) }
  }

  /// The id of a frame's label.
  package mutating func number(of frame: FrameDescription) -> Int32 {
    chart?.number(of: frame) ?? tree.number(of: frame)
  }

  /// The id of a thread, which has the labels of its groups.
  package mutating func number(of thread: ThreadDescription) -> Int32 {
    chart?.number(of: thread) ?? tree.number(of: thread)
  }

  /// Adds samples of one stack.
  package mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64]
  ) {
    if chart != nil {
      chart?.add(thread: thread, truncation: truncation, path: path, values: values, times: times)
    } else {
      tree.add(thread: thread, truncation: truncation, path: path, values: values, times: times)
    }
  }

  /// The tree of all samples.
  package consuming func finish() -> CallTree {
    if let chart { return chart.finish() }
    return tree.finish()
  }
}
