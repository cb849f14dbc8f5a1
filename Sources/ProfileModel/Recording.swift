// SPDX-License-Identifier: Apache-2.0

/// The raw result of a sampler: stacks of addresses, mappings, counts and losses. Only functions of
/// the kernel have names here, which cannot be read later; ``Profile`` is the form with all names.
package struct Recording: Sendable {
  /// The circumstances of the recording, and its metrics.
  package var session: Session
  /// The table of programs that were sampled, one for each exec; `RecordedSample.process` is an
  /// index in it.
  package var processes: [RecordedProcess]
  /// The table of mapped files and other objects, to which mappings and frames refer by index.
  package var objects: [MappedObject]
  /// The table of distinct stacks, to which samples refer by index. A stack that was seen in
  /// several processes is one element.
  package var stacks: [RawStack]
  /// The samples; equal samples of a thread are one element with the sums of their values.
  package var samples: [RecordedSample]
  /// The names of the kernel functions that the stacks' kernel addresses lie in.
  package var kernelSymbols: KernelSymbols
  /// The numbers of samples and the cost, as far as the sampler knows them.
  package var account: Account

  /// Creates a recording of these tables. The caller ensures that all indices that refer to an
  /// element of another table are in range.
  package init(
    session: Session, processes: [RecordedProcess] = [], objects: [MappedObject] = [],
    stacks: [RawStack] = [], samples: [RecordedSample] = [],
    kernelSymbols: KernelSymbols = KernelSymbols(), account: Account = Account()
  ) {
    self.session = session
    self.processes = processes
    self.objects = objects
    self.stacks = stacks
    self.samples = samples
    self.kernelSymbols = kernelSymbols
    self.account = account
  }
}

/// A stack frame as the BPF program recorded it, without names.
package enum RawFrame: Hashable, Sendable {
  /// An address of the kernel, or one of user space whose mapping was not known at that moment.
  case address(UInt64)
  /// A location in a mapped object. `fileOffset` is in bytes. `isInterrupted` states that the
  /// thread was interrupted there, by the sample or by a signal; else it is a return address.
  case place(object: ObjectIndex, fileOffset: UInt64, isInterrupted: Bool)
}

/// How far a user stack reaches, and by what means it was unwound.
package enum StackReach: Hashable, Sendable {
  /// The stack reaches the thread's first frame, and unwind tables alone led there.
  case complete
  /// The stack reaches the thread's first frame, with at least one step by the frame pointer, which
  /// may have skipped frames.
  case approximate
  /// The stack ends before the thread's first frame, for this reason.
  case truncated(Truncation)
}

/// A stack as the BPF program recorded it. The first frame is where the thread was interrupted; the
/// addresses of the frames after it are return addresses.
package struct RawStack: Hashable, Sendable {
  /// The frames, leaf first.
  package var frames: [RawFrame]
  /// How far the user stack reaches; nil for a stack of the kernel.
  package var reach: StackReach?

  /// Creates a stack.
  ///
  /// - Parameters:
  ///   - frames: The frames, leaf first.
  ///   - reach: How far a user stack reaches; nil for a stack of the kernel.
  package init(frames: [RawFrame], reach: StackReach? = nil) {
    self.frames = frames
    self.reach = reach
  }

  /// Creates a stack of plain addresses.
  ///
  /// - Parameters:
  ///   - addresses: The addresses of the frames, leaf first.
  ///   - reach: How far a user stack reaches; nil for a stack of the kernel.
  package init(addresses: [UInt64], reach: StackReach? = nil) {
    self.init(frames: addresses.map { .address($0) }, reach: reach)
  }

  /// Returns the address by which the function of a frame is found: the leaf's address as it is, a
  /// caller's address less 1.
  ///
  /// A return address lies behind its call, which may be the last instruction of a function, so it
  /// is moved onto the call.
  ///
  /// - Parameters:
  ///   - address: The address of the frame; 0 stays 0.
  ///   - depth: The index of the frame in its stack, 0 for the leaf.
  package static func call(_ address: UInt64, _ depth: Int) -> UInt64 {
    depth == 0 || address == 0 ? address : address - 1
  }
}

/// A program in a process: a process that calls exec becomes another `RecordedProcess`.
package struct RecordedProcess: Sendable {
  /// The process id in the profiler's own pid namespace; 0 if the process has none there.
  package var pid: Int32
  /// The time when the process started, in nanoseconds since boot. No two processes have the same
  /// `pid` and start.
  package var startTime: UInt64
  /// The name of the main thread as it was last seen. Untrusted text.
  package var comm: String
  /// The executable mappings of the process, in the order in which the sampler found them.
  package var mappings: [Mapping]

  /// Creates a program in a process.
  ///
  /// - Parameters:
  ///   - pid: The process id in the profiler's own pid namespace; 0 if there is none.
  ///   - startTime: The time when the process started, in nanoseconds since boot.
  ///   - comm: The name of the main thread.
  ///   - mappings: The executable mappings of the process, in the order in which they were found.
  package init(pid: Int32, startTime: UInt64, comm: String, mappings: [Mapping] = []) {
    self.pid = pid
    self.startTime = startTime
    self.comm = comm
    self.mappings = mappings
  }
}

/// The samples of one thread that have the same stacks, added up.
package struct RecordedSample: Hashable, Sendable {
  /// The index of the program in `Recording.processes`.
  package var process: Int
  /// The thread id in the profiler's own pid namespace; 0 if the thread has none there.
  package var threadID: Int32
  /// The name of the thread when the samples were taken. Untrusted text.
  package var comm: String
  /// The index of the kernel stack in `Recording.stacks`; nil if there is none.
  package var kernelStack: Int?
  /// The index of the user stack in `Recording.stacks`; nil if there is none.
  package var userStack: Int?
  /// Whether the thread is one of the kernel, which never has a user stack.
  package var isKernelThread: Bool
  /// The CPU and the cgroup by which samples are kept apart; by default neither.
  package var group: SampleGroup
  /// The sums of the samples' values, one for each of the session's metrics.
  package var values: SampleValues
  /// The time of the first of the samples, in nanoseconds of CLOCK_MONOTONIC.
  package var firstSeen: UInt64
  /// The time of the last of the samples, in nanoseconds of CLOCK_MONOTONIC.
  package var lastSeen: UInt64
  /// The known times of the samples, in nanoseconds since the session's start, ascending; empty if
  /// none is known, as in most recordings.
  package var times: [UInt64]

  /// Creates the sum of equal samples.
  ///
  /// - Parameters:
  ///   - process: The index of the program in `Recording.processes`.
  ///   - threadID: The thread id in the profiler's own pid namespace; 0 if there is none.
  ///   - comm: The name of the thread.
  ///   - kernelStack: The index of the kernel stack in `Recording.stacks`; nil if there is none.
  ///   - userStack: The index of the user stack in `Recording.stacks`; nil if there is none.
  ///   - isKernelThread: Whether the thread is one of the kernel.
  ///   - values: The sums of the samples' values, one for each of the session's metrics.
  ///   - firstSeen: The time of the first sample, in nanoseconds of CLOCK_MONOTONIC.
  ///   - lastSeen: The time of the last sample, in nanoseconds of CLOCK_MONOTONIC.
  ///   - times: The known times, in nanoseconds since the session's start, ascending.
  ///   - group: The CPU and the cgroup by which samples are kept apart.
  package init(
    process: Int, threadID: Int32, comm: String, kernelStack: Int?, userStack: Int?,
    isKernelThread: Bool = false, values: SampleValues, firstSeen: UInt64 = 0,
    lastSeen: UInt64 = 0, times: [UInt64] = [], group: SampleGroup = SampleGroup()
  ) {
    self.group = group
    self.process = process
    self.threadID = threadID
    self.comm = comm
    self.kernelStack = kernelStack
    self.userStack = userStack
    self.isKernelThread = isKernelThread
    self.values = values
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.times = times
  }
}
