// SPDX-License-Identifier: Apache-2.0

/// The result of a sampler: addresses, mappings, counts and losses, and names of the kernel only, which
/// cannot be read later.
public struct Recording: Sendable {
  /// The circumstances of the recording, and its metrics.
  public var session: Session
  /// Programs that samples were taken of, one for each exec.
  public var processes: [RecordedProcess]
  /// Mapped files and other objects, to which mappings refer by index.
  public var objects: [MappedObject]
  /// Each distinct stack once, whatever processes it was seen in.
  public var stacks: [RawStack]
  /// Samples, those that are equal as one.
  public var samples: [RecordedSample]
  /// Names of the kernel addresses in the stacks.
  public var kernelSymbols: KernelSymbols
  /// Samples and cost as far as the sampler knows them.
  public var account: Account

  /// A recording of these tables; indices must be in range.
  public init(
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

/// A frame as the BPF program recorded it.
public enum RawFrame: Hashable, Sendable {
  /// An address of the kernel, or of user space where its mapping was not known at that moment.
  case address(UInt64)
  /// A location in a mapped object. `isInterrupted`: the thread was there when it was
  /// interrupted, by the sample or by a signal; else it is a return address.
  case place(object: ObjectIndex, fileOffset: UInt64, isInterrupted: Bool)
}

/// How far a user stack reaches.
public enum StackReach: Hashable, Sendable {
  /// The stack reaches the thread's first frame, and unwind tables alone led there.
  case complete
  /// The stack reaches the thread's first frame, with at least one step by the frame pointer, which
  /// may have skipped frames.
  case approximate
  /// The stack ends before the thread's first frame, for this reason.
  case truncated(Truncation)
}

/// Frames as the BPF program collected them, leaf first. The first one is where the thread was
/// interrupted, addresses behind it are return addresses.
public struct RawStack: Hashable, Sendable {
  /// Frames, leaf first.
  public var frames: [RawFrame]
  /// How far the user stack reaches; nil for a stack of the kernel.
  public var reach: StackReach?

  /// A stack; without a reach one of the kernel.
  public init(frames: [RawFrame], reach: StackReach? = nil) {
    self.frames = frames
    self.reach = reach
  }

  /// A stack of addresses, leaf first.
  public init(addresses: [UInt64], reach: StackReach? = nil) {
    self.init(frames: addresses.map { .address($0) }, reach: reach)
  }

  /// The address to look up for a frame: that of the leaf as it is, that of a caller less 1.
  ///
  /// A return address lies behind its call, which may be the last instruction of a function, so it
  /// is moved onto the call.
  ///
  /// - Parameter depth: The index of the frame in its stack, 0 for the leaf.
  public static func call(_ address: UInt64, _ depth: Int) -> UInt64 {
    depth == 0 || address == 0 ? address : address - 1
  }
}

/// One program in one process: a process that calls exec becomes another `RecordedProcess`.
public struct RecordedProcess: Sendable {
  /// Process id as the profiler's own pid namespace sees it; 0 where it does not.
  public var pid: Int32
  /// Start of the process, in nanoseconds since boot; together with `pid` it never repeats.
  public var startTime: UInt64
  /// The name of the main thread as it was last seen. Untrusted text.
  public var comm: String
  /// The executable mappings of the process, in the order in which the sampler found
  /// them.
  public var mappings: [Mapping]

  /// A program in a process.
  public init(pid: Int32, startTime: UInt64, comm: String, mappings: [Mapping] = []) {
    self.pid = pid
    self.startTime = startTime
    self.comm = comm
    self.mappings = mappings
  }
}

/// Equal samples of one thread, counted.
public struct RecordedSample: Hashable, Sendable {
  /// Index in `Recording.processes`.
  public var process: Int
  /// The thread id.
  public var threadID: Int32
  /// The name of the thread when the samples were taken. Untrusted text.
  public var comm: String
  /// The index of the kernel stack in `Recording.stacks`; nil if there is none.
  public var kernelStack: Int?
  /// The index of the user stack in `Recording.stacks`; nil if there is none.
  public var userStack: Int?
  /// Whether the thread is one of the kernel, which never has a user stack.
  public var isKernelThread: Bool
  /// The CPU and cgroup by which samples are kept apart.
  public var group: SampleGroup
  /// The sums of the samples' values, one for each of the session's metrics.
  public var values: SampleValues
  /// The time of the first of the samples, in nanoseconds of CLOCK_MONOTONIC.
  public var firstSeen: UInt64
  /// The time of the last of the samples, in nanoseconds of CLOCK_MONOTONIC.
  public var lastSeen: UInt64
  /// The times of the samples, as in `Sample.times`.
  public var times: [UInt64]

  /// Equal samples of a thread.
  public init(
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
