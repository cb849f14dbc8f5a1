// SPDX-License-Identifier: Apache-2.0

internal import ProfileModel

/// A function in a stack.
public struct FlameFrame: Hashable, Sendable {
  /// Name of the function, demangled; `module+0xoffset` or `[unknown]` without one. Untrusted text.
  public var function: String
  /// Path of the file that holds the code, or a name in brackets such as `[kernel.kallsyms]`; empty
  /// where not known. Untrusted text.
  public var module: String
  /// Source file; empty where not known. Untrusted text.
  public var file: String
  /// Line in the source file; 0 where not known.
  public var line: UInt32

  /// A frame with these names.
  public init(function: String, module: String = "", file: String = "", line: UInt32 = 0) {
    self.function = function
    self.module = module
    self.file = file
    self.line = line
  }
}

/// A stack of one thread, with its value in each of the profile's metrics.
public struct FlameStack: Hashable, Sendable {
  /// Functions from the thread's first one to the one that ran.
  public let frames: [FlameFrame]
  /// One for each of ``FlameProfile/metrics``.
  public let values: [UInt64]
  /// Name of the thread; empty where not known. Untrusted text.
  public let thread: String
  /// Process id; nil where not known.
  public let processID: Int32?
  /// Thread id; nil where not known.
  public let threadID: Int32?
  /// Whether frames before the first one are missing.
  public let isTruncated: Bool
}

extension FlameProfile {
  /// All stacks with a value that is not 0, in the order of the input. Equal stacks of a thread are
  /// one.
  public var stacks: some Sequence<FlameStack> {
    let frames = model.frames.map { FlameFrame($0, in: model) }
    return model.samples.lazy.filter { !$0.values.isZero }
      .map { [model] sample in FlameStack(sample, frames, in: model) }
  }

  /// The profile without the stacks that `keeps` returns false for. The accounts of losses are those
  /// of the whole input.
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
