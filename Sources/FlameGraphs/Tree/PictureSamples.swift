// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A sink that makes the tree of a picture: a call tree, or for a flame chart a tree in order of
/// time.
///
/// A class, like `FlameChartBuilder`: the compiler's code to copy structs of so many parts would be 60 KB
/// of each client of the library.
package final class PictureSamples: SampleSink {
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

  /// Begins the next input, with the metrics of its samples. Call it before the first sample of
  /// each input.
  ///
  /// - Parameters:
  ///   - metrics: The metrics that each sample has a value for, in this order.
  ///   - usual: The index in `metrics` of the input's default metric.
  package func begin(_ metrics: [Metric], usual: Int) {
    if chart != nil {
      chart?.begin(metrics, usual: usual)
    } else {
      tree.begin(metrics, usual: usual)
    }
  }

  /// Reserves memory for the tree of an input that is text with one stack on each line. Calling it
  /// is optional and saves time. Call it before the first sample.
  ///
  /// - Parameter bytes: The size of the text in bytes; 0 where not known.
  package func expect(textOf bytes: Int) {
    if chart == nil { tree.expect(textOf: bytes) }
  }

  /// Registers a frame and returns its id, which `add` takes in paths. Frames with equal name,
  /// kind, module and source get the same id.
  package func number(of frame: FrameDescription) -> Int32 {
    chart?.number(of: frame) ?? tree.number(of: frame)
  }

  /// Registers a thread and returns its id, from 0, which `add` takes. Each call registers a
  /// further thread, so call it once for each.
  package func number(of thread: ThreadDescription) -> Int32 {
    chart?.number(of: thread) ?? tree.number(of: thread)
  }

  /// Adds the samples of one stack to the tree of the picture.
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
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64]
  ) {
    if chart != nil {
      chart?.add(thread: thread, truncation: truncation, path: path, values: values, times: times)
    } else {
      tree.add(thread: thread, truncation: truncation, path: path, values: values, times: times)
    }
  }

  /// Returns the tree of all samples. The sink is empty afterwards.
  package func finish() -> CallTree {
    if let chart { return chart.finish() }
    // Taken out, since a second reference would make each change of it a copy.
    var whole = CallTreeBuilder()
    swap(&whole, &tree)
    return whole.finish()
  }
}
