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
  /// To the thread's first frame, by unwind tables alone.
  case complete
  /// To the first frame, with at least one step by the frame pointer.
  case approximate
  /// Not so far.
  case truncated(Truncation)
}

/// Frames as the BPF program collected them, leaf first. The first one is where the thread was
/// interrupted, addresses behind it are return addresses.
public struct RawStack: Hashable, Sendable {
  /// Frames, leaf first.
  public var frames: [RawFrame]
  /// Nil for a stack of the kernel.
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

  /// A return address lies behind its call, which may be the last instruction of a function: all
  /// but the leaf are moved onto the call.
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
  /// Name of the main thread when last heard of.
  public var comm: String
  /// In the order in which they came.
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
  /// Name of the thread at that moment.
  public var comm: String
  /// Indices in `Recording.stacks`.
  public var kernelStack: Int?
  /// Index of the user stack; nil if there is none.
  public var userStack: Int?
  /// A thread of the kernel, which has no user stack to lose.
  public var isKernelThread: Bool
  /// The CPU and cgroup by which samples are kept apart.
  public var group: SampleGroup
  /// One for each of the session's metrics.
  public var values: SampleValues
  /// Monotonic nanoseconds of the first and the last of them.
  public var firstSeen: UInt64
  /// The time of the last of them, in monotonic nanoseconds.
  public var lastSeen: UInt64
  /// When they fell, as in `Sample`.
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
