// SPDX-License-Identifier: Apache-2.0

internal import ProfileModel

/// Makes a profile of a program's own samples.
///
/// ```swift
/// var builder = FlameProfileBuilder()
/// builder.add([FlameFrame(function: "main"), FlameFrame(function: "work")])
/// let profile = builder.finish()
/// ```
public struct FlameProfileBuilder: ~Copyable {
  private var collector: ProfileCollector
  private var threads: [String: Int32] = [:]

  /// A builder without samples.
  ///
  /// - Parameters:
  ///   - metrics: What values are of, in their order; an empty list is taken as ``FlameMetric/samples``.
  ///   - target: What is profiled, for headings.
  public init(metrics: [FlameMetric] = [.samples], target: String = "") {
    collector = ProfileCollector(Session(target: target))
    collector.begin((metrics.isEmpty ? [.samples] : metrics).map(\.model), usual: 0)
  }

  /// Adds a stack. Equal stacks of a thread become one.
  ///
  /// - Parameters:
  ///   - frames: From the thread's first function to the one that ran.
  ///   - values: One for each metric, in their order; missing ones are 0.
  ///   - thread: Name of the thread; empty where there is none.
  public mutating func add(_ frames: [FlameFrame], values: [UInt64] = [1], thread: String = "") {
    let path = frames.map { frame in
      collector.number(
        of: FrameDescription(
          function: Function(name: frame.function, file: frame.file),
          module: Module(kind: frame.module.isEmpty ? .unknown : .file, path: frame.module),
          line: frame.line))
    }
    let id = threads[thread] ?? collector.number(of: ThreadDescription(name: thread))
    threads[thread] = id
    collector.add(thread: id, truncation: nil, path: path, values: SampleValues(values), times: [])
  }

  /// The profile of all stacks.
  public consuming func finish() -> FlameProfile { FlameProfile(collector.finish()) }
}
