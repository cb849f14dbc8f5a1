// SPDX-License-Identifier: Apache-2.0

/// A frame as a reader describes it to a sink.
public struct FrameDescription: Hashable, Sendable {
  /// The function that the frame is in.
  public var function: Function
  /// The module that it is in.
  public var module: Module
  /// The address in the module as linked, as in `Frame.address`; 0 where not known.
  public var address: UInt64
  /// The line in the function's file, 0 if unknown.
  public var line: UInt32
  /// Whether it is compiled into the next outer frame of the stack.
  public var isInlined: Bool
  /// How good the name is.
  public var naming: Frame.Naming

  /// A frame; by default one without a line that is not inlined.
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

  /// The kind by which outputs distinguish frames.
  public var kind: FrameKind { module.kind.frameKind(isInlined: isInlined) }
}

/// The thread of samples. Names are untrusted text.
public struct ThreadDescription: Hashable, Sendable {
  /// The process id; -1 if the input has no ids.
  public var processID: Int32
  /// The thread id; -1 if the input has no ids.
  public var threadID: Int32
  /// Name of the process; empty where not known.
  public var processName: String
  /// Name of the thread.
  public var name: String
  /// The CPU and cgroup by which samples are kept apart.
  public var group = SampleGroup()

  /// A thread; ids of -1 are unknown.
  public init(processID: Int32 = -1, threadID: Int32 = -1, processName: String = "", name: String) {
    self.processID = processID
    self.threadID = threadID
    self.processName = processName
    self.name = name
  }

  /// The name with its ids, as `name-PID/TID`; the name alone where both ids are unknown.
  public var nameWithIDs: String {
    processID < 0 && threadID < 0 ? name : "\(name)-\(processID)/\(threadID)"
  }
}

/// Where samples go while an input is read: into a profile, into a call tree, through a filter.
///
/// A reader describes each distinct frame and thread once and then uses the ids that it got, so a sink need
/// not hold the input, and an input of gigabytes becomes a tree of megabytes.
public protocol SampleSink {
  /// Begins an input whose samples have a value for each of these metrics, in this order.
  ///
  /// - Parameter usual: The index in `metrics` of the input's default metric.
  mutating func begin(_ metrics: [Metric], usual: Int)
  /// Announces how many bytes of text will be read, as far as is known. A sink may reserve memory.
  mutating func expect(textOf bytes: Int)
  /// The sink's id of a frame, the same for equal descriptions.
  mutating func number(of frame: FrameDescription) -> Int32
  /// The sink's id of a thread, the same for equal descriptions.
  mutating func number(of thread: ThreadDescription) -> Int32
  /// Adds the samples of one stack.
  ///
  /// - Parameters:
  ///   - thread: The sink's id of the thread; -1 where none is known.
  ///   - truncation: Why the user stack does not reach the thread's first frame; nil if it does.
  ///   - path: The sink's ids of the frames, from the root to the leaf; may be empty.
  ///   - values: The sums of the samples' values, one for each metric of the input.
  ///   - times: In nanoseconds since the start of the recording, as in `Sample.times`.
  mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64])
}

extension SampleSink {
  public mutating func expect(textOf bytes: Int) {}

  /// Adds the samples of one stack, whose times are not known.
  public mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues
  ) {
    add(thread: thread, truncation: truncation, path: path, values: values, times: [])
  }
}

extension Profile {
  /// Sends all samples to a sink, in their order.
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
