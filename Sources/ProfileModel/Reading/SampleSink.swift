// SPDX-License-Identifier: Apache-2.0

/// A frame as a reader describes it to a sink: with its function and module themselves, not their
/// indices as in ``Frame``.
public struct FrameDescription: Hashable, Sendable {
  /// The function that the frame is in.
  public var function: Function
  /// The module that the frame is in.
  public var module: Module
  /// The address in the module as linked, as in `Frame.address`; 0 if it is not known.
  public var address: UInt64
  /// The line in the function's source file, from 1; 0 if it is not known.
  public var line: UInt32
  /// Whether the function is compiled into the next outer frame of the stack.
  public var isInlined: Bool
  /// Whether the name is that of the function, of the module only, or none.
  public var naming: Frame.Naming

  /// Creates a frame; by default a named one that is not inlined, at an unknown line.
  public init(
    function: Function, module: Module, address: UInt64 = 0, line: UInt32 = 0,
    isInlined: Bool = false, naming: Frame.Naming = .named
  ) {
    self.function = function
    self.module = module
    self.address = address
    self.line = line
    self.isInlined = isInlined
    self.naming = naming
  }

  /// The kind of code that the frame is in, by which outputs distinguish frames.
  public var kind: FrameKind { module.kind.frameKind(isInlined: isInlined) }
}

/// A thread as a reader describes it to a sink: ids, names and group. Names are untrusted text.
public struct ThreadDescription: Hashable, Sendable {
  /// The process id; -1 if the input has no ids.
  public var processID: Int32
  /// The thread id; -1 if the input has no ids.
  public var threadID: Int32
  /// The name of the process; empty if it is not known.
  public var processName: String
  /// The name of the thread; empty if it is not known.
  public var name: String
  /// The CPU and the cgroup by which the thread's samples are kept apart; by default neither.
  public var group = SampleGroup()

  /// Creates a thread; ids of -1 are unknown.
  public init(processID: Int32 = -1, threadID: Int32 = -1, processName: String = "", name: String) {
    self.processID = processID
    self.threadID = threadID
    self.processName = processName
    self.name = name
  }

  /// The name with both ids, as `name-PID/TID`; the name alone if both ids are unknown.
  public var nameWithIDs: String {
    processID < 0 && threadID < 0 ? name : "\(name)-\(processID)/\(threadID)"
  }
}

/// A receiver of the samples of inputs while they are read: a profile, a call tree, a filter.
///
/// Call `begin` for each input, `number` for each distinct frame and thread, and then `add` with
/// the ids that `number` has returned. So a sink need not hold the input, and an input of gigabytes
/// becomes a tree of megabytes.
public protocol SampleSink {
  /// Begins an input whose samples have a value for each of these metrics, in this order.
  ///
  /// - Parameter usual: The index in `metrics` of the input's default metric.
  mutating func begin(_ metrics: [Metric], usual: Int)
  /// Announces that about so many bytes of text will be read, so that the sink can reserve memory.
  /// Calling it is optional; the default does nothing.
  mutating func expect(textOf bytes: Int)
  /// Registers a frame and returns the sink's id for it, which is the same for equal descriptions.
  mutating func number(of frame: FrameDescription) -> Int32
  /// Registers a thread and returns the sink's id for it, by which `add` refers to it.
  mutating func number(of thread: ThreadDescription) -> Int32
  /// Adds samples that have the same thread and stack.
  ///
  /// - Parameters:
  ///   - thread: The sink's id of the thread; -1 if the thread is not known.
  ///   - truncation: Why the user stack does not reach the thread's first frame; nil if it does.
  ///   - path: The sink's ids of the frames, from the root to the leaf; may be empty.
  ///   - values: The sums of the samples' values, one for each metric of the input.
  ///   - times: The known times of the samples, in nanoseconds since the start of the recording,
  ///     ascending; empty if none is known.
  mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64])
}

extension SampleSink {
  public mutating func expect(textOf bytes: Int) {}

  /// Adds samples that have the same thread and stack, and whose times are not known.
  public mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues
  ) {
    add(thread: thread, truncation: truncation, path: path, values: values, times: [])
  }
}

extension Profile {
  /// Sends all samples of the profile to a sink as one input, in their order. Samples whose values
  /// are all 0 are left out.
  public func send(to sink: inout some SampleSink) {
    sink.begin(session.metrics, usual: session.shown)
    let numbers = frames.map { frame in
      sink.number(
        of: FrameDescription(
          function: functions[frame.function], module: modules[frame.module],
          address: frame.address, line: frame.line, isInlined: frame.isInlined,
          naming: frame.naming))
    }
    var threads: [ThreadDescription: Int32] = [:]
    var path: [Int32] = []
    for sample in samples where !sample.values.isZero {
      var description = ThreadDescription(
        processID: processes[sample.process].pid, threadID: sample.threadID,
        processName: processes[sample.process].comm, name: sample.comm)
      description.group = sample.group
      let thread =
        hasThread(sample) ? threads[description] ?? sink.number(of: description) : -1
      if thread >= 0 { threads[description] = thread }
      let stack = stacks[sample.stack]
      path.removeAll(keepingCapacity: true)
      for frame in stack.frames.reversed() { path.append(numbers[frame]) }
      sink.add(
        thread: thread, truncation: stack.truncation, path: path, values: sample.values,
        times: sample.times)
    }
  }
}
