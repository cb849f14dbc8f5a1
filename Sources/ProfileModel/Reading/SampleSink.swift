// SPDX-License-Identifier: Apache-2.0

/// A frame as a reader describes it to a sink: with its function and module themselves, not their
/// indices as in ``Frame``.
package struct FrameDescription: Hashable, Sendable {
  /// The function that the frame is in.
  package var function: Function
  /// The module that the frame is in.
  package var module: Module
  /// The address in the module, as linked; for a caller an address inside its call instruction, not
  /// the return address. 0 if it is not known.
  package var address: UInt64
  /// The line in the function's source file, from 1; 0 if it is not known.
  package var line: UInt32
  /// Whether the function is compiled into the next outer frame of the stack.
  package var isInlined: Bool
  /// Whether the frame's name is that of the function, the module with an offset, or `[unknown]`.
  package var naming: Frame.Naming

  /// Creates a frame; by default a named one that is not inlined, at an unknown line.
  package init(
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
  package var kind: FrameKind { module.kind.frameKind(isInlined: isInlined) }
}

/// A thread as a reader describes it to a sink: ids, names and group. Names are untrusted text.
package struct ThreadDescription: Hashable, Sendable {
  /// The process id, as the input has it; -1 if it is not known.
  package var processID: Int32
  /// The thread id, as the input has it; -1 if it is not known.
  package var threadID: Int32
  /// The name of the process; empty if it is not known.
  package var processName: String
  /// The name of the thread; empty if it is not known.
  package var name: String
  /// The CPU and the cgroup by which the thread's samples are kept apart; by default neither.
  package var group = SampleGroup()

  /// Creates a thread.
  ///
  /// - Parameters:
  ///   - processID: The process id; -1 if it is not known.
  ///   - threadID: The thread id; -1 if it is not known.
  ///   - processName: The name of the process; empty if it is not known.
  ///   - name: The name of the thread; empty if it is not known.
  package init(processID: Int32 = -1, threadID: Int32 = -1, processName: String = "", name: String)
  {
    self.processID = processID
    self.threadID = threadID
    self.processName = processName
    self.name = name
  }

  /// The thread's name with both ids, as `name-PID/TID`; the name alone if both ids are unknown. If
  /// only one is unknown, it is written as -1.
  package var nameWithIDs: String {
    processID < 0 && threadID < 0 ? name : "\(name)-\(processID)/\(threadID)"
  }
}

/// A receiver of the samples of inputs while they are read: a profile, a call tree, a filter.
///
/// Call `begin` for each input, `number` for each distinct frame and thread, and then `add` with
/// the ids that `number` has returned. So a sink need not hold the input, and an input of gigabytes
/// becomes a tree of megabytes.
package protocol SampleSink {
  /// Begins an input.
  ///
  /// - Parameters:
  ///   - metrics: The metrics for which each sample of the input has a value, in this order.
  ///   - usual: The index in `metrics` of the input's default metric.
  mutating func begin(_ metrics: [Metric], usual: Int)
  /// Announces that about `bytes` bytes of text will be read, so that the sink can reserve memory.
  /// The call is optional; the default implementation does nothing.
  mutating func expect(textOf bytes: Int)
  /// Registers a frame and returns the sink's id for it, from 0, by which `add` refers to the
  /// frame. Equal descriptions get the same id.
  mutating func number(of frame: FrameDescription) -> Int32
  /// Registers a thread and returns the sink's id for it, from 0, by which `add` refers to the
  /// thread. Call it once for each thread: a second call may give another id.
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
  package mutating func expect(textOf bytes: Int) {}

  /// Adds samples that have the same thread and stack, and whose times are not known.
  ///
  /// - Parameters:
  ///   - thread: The sink's id of the thread; -1 if the thread is not known.
  ///   - truncation: Why the user stack does not reach the thread's first frame; nil if it does.
  ///   - path: The sink's ids of the frames, from the root to the leaf; may be empty.
  ///   - values: The sums of the samples' values, one for each metric of the input.
  package mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues
  ) {
    add(thread: thread, truncation: truncation, path: path, values: values, times: [])
  }
}

extension Profile {
  /// Sends all samples of the profile to a sink as one input, in the order of `samples`. Samples
  /// whose values are all 0 are left out.
  package func send(to sink: inout some SampleSink) {
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
