// SPDX-License-Identifier: Apache-2.0

internal import ProfileModel

/// A builder that makes a profile from stacks that the calling program has sampled itself.
///
/// ```swift
/// var builder = FlameProfileBuilder()
/// builder.add([FlameFrame(function: "main"), FlameFrame(function: "work")])
/// let profile = builder.finish()
/// ```
public struct FlameProfileBuilder: ~Copyable {
  private var collector: ProfileCollector
  private var threads: [String: Int32] = [:]

  /// Creates a builder that has no samples yet.
  ///
  /// - Parameters:
  ///   - metrics: The metrics that each stack has values for; an empty list is taken as
  ///     ``FlameMetric/samples`` alone.
  ///   - target: The name of what is profiled, which headings show; empty for none.
  public init(metrics: [FlameMetric] = [.samples], target: String = "") {
    collector = ProfileCollector(Session(target: target))
    collector.begin((metrics.isEmpty ? [.samples] : metrics).map(\.model), usual: 0)
  }

  /// Adds a stack with its values. The values of equal stacks of a thread are added up.
  ///
  /// - Parameters:
  ///   - frames: The functions of the stack, from the outermost caller to the one that ran.
  ///   - values: The value of the stack in each metric, in the order of `init(metrics:target:)`;
  ///     missing ones are 0. For a metric that counts samples, it is the number of samples.
  ///   - thread: The name of the thread; empty where not known. Stacks of the same name belong to
  ///     the same thread.
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

  /// Returns the profile of all stacks that were added. The builder is consumed: it cannot be used
  /// afterwards.
  public consuming func finish() -> FlameProfile { FlameProfile(collector.finish()) }
}
