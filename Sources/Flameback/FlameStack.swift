// SPDX-License-Identifier: Apache-2.0

internal import ProfileModel

/// A frame of a stack: a function with the location of its code and source.
public struct FlameFrame: Hashable, Sendable {
  /// The demangled name of the function. Without a symbol it is `module+0xaddress()`, with the
  /// address at which the function begins, or `module+0xaddress` or `[unknown]`. Untrusted text.
  public var function: String
  /// The path of the file that holds the code, or a name in brackets such as `[kernel.kallsyms]`;
  /// empty where not known. Untrusted text.
  public var module: String
  /// The path of the source file; empty where not known. Untrusted text.
  public var file: String
  /// The line in the source file, counted from 1; 0 where not known.
  public var line: UInt32

  /// Creates a frame.
  ///
  /// - Parameters:
  ///   - function: The name of the function.
  ///   - module: The path of the program or library that holds the code; empty where not known.
  ///   - file: The path of the source file; empty where not known.
  ///   - line: The line in the source file, counted from 1; 0 where not known.
  public init(function: String, module: String = "", file: String = "", line: UInt32 = 0) {
    self.function = function
    self.module = module
    self.file = file
    self.line = line
  }
}

/// A stack of one thread, with its value in each of the profile's metrics.
public struct FlameStack: Hashable, Sendable {
  /// The frames of the stack, from the outermost caller (the thread's first function, unless
  /// ``isTruncated``) to the function that ran.
  public let frames: [FlameFrame]
  /// The value of the stack in each metric, in the order of ``FlameProfile/metrics``. Multiplied by
  /// the metric's ``FlameMetric/unitsPerCount``, it is an amount in the metric's unit.
  public let values: [UInt64]
  /// The name of the thread; empty where not known. Untrusted text.
  public let thread: String
  /// The id of the process that the thread belongs to; nil where not known.
  public let processID: Int32?
  /// The system's id of the thread (on Linux its TID); nil where not known.
  public let threadID: Int32?
  /// Whether the outermost frames are missing, so that the first frame is not the thread's first
  /// function.
  public let isTruncated: Bool
}

extension FlameProfile {
  /// The stacks of the profile, in the order of the input. Each distinct stack of a thread occurs
  /// once, with the sums of its values; stacks whose values are all 0 are left out.
  public var stacks: some Sequence<FlameStack> {
    let frames = model.frames.map { FlameFrame($0, in: model) }
    return model.samples.lazy.filter { !$0.values.isZero }
      .map { [model] sample in FlameStack(sample, frames, in: model) }
  }

  /// Returns the profile with only the stacks for which `keeps` returns true. ``lostSamples`` and
  /// ``unreadableLines`` stay those of the whole input.
  ///
  /// - Throws: What `keeps` throws.
  public func filtered<Failure: Error>(
    _ keeps: (FlameStack) throws(Failure) -> Bool
  ) throws(Failure) -> FlameProfile {
    let frames = model.frames.map { FlameFrame($0, in: model) }
    var kept: [Sample] = []
    for sample in model.samples where try keeps(FlameStack(sample, frames, in: model)) {
      kept.append(sample)
    }
    var filtered = self
    filtered.model.samples = kept
    return filtered
  }
}

extension FlameFrame {
  fileprivate init(_ frame: Frame, in profile: Profile) {
    let function = profile.functions[frame.function]
    self.init(
      function: function.name, module: profile.modules[frame.module].path, file: function.file,
      line: frame.line)
  }
}

extension FlameStack {
  fileprivate init(_ sample: Sample, _ frames: [FlameFrame], in profile: Profile) {
    let stack = profile.stacks[sample.stack]
    self.frames = stack.frames.reversed().map { frames[$0] }
    values = profile.session.metrics.indices.map { sample.values[$0] }
    thread = sample.comm
    let pid = profile.processes[sample.process].pid
    processID = pid >= 0 ? pid : nil
    threadID = sample.threadID >= 0 ? sample.threadID : nil
    isTruncated = stack.truncation != nil
  }
}
