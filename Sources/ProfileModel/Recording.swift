// SPDX-License-Identifier: Apache-2.0

/// What the sampler brings home: addresses, mappings, counts and losses. No names but the kernel's,
/// which only it can ask for.
public struct Recording: Sendable {
  public var session: Session
  public var processes: [RecordedProcess]
  public var objects: [MappedObject]
  /// Each distinct stack once, whatever processes it was seen in.
  public var stacks: [RawStack]
  public var samples: [RecordedSample]
  public var kernelSymbols: KernelSymbols
  /// Samples and cost as far as the sampler knows them.
  public var account: Account

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

/// A frame as the kernel side recorded it.
public enum RawFrame: Hashable, Sendable {
  /// An address of the kernel, or of user space where its mapping was not known at that moment.
  case address(UInt64)
  /// A place in a file that was mapped. `isInterrupted`: the thread was there when it was
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

/// Frames as the kernel side collected them, leaf first. The first one is where the thread was
/// interrupted, addresses behind it are return addresses.
public struct RawStack: Hashable, Sendable {
  public var frames: [RawFrame]
  /// Nil for a stack of the kernel.
  public var reach: StackReach?

  public init(frames: [RawFrame], reach: StackReach? = nil) {
    self.frames = frames
    self.reach = reach
  }

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
  public var threadID: Int32
  /// Name of the thread at that moment.
  public var comm: String
  /// Indices in `Recording.stacks`.
  public var kernelStack: Int?
  public var userStack: Int?
  /// A thread of the kernel, which has no user stack to lose.
  public var isKernelThread: Bool
  public var group: SampleGroup
  /// One for each of the session's metrics.
  public var values: SampleValues
  /// Monotonic nanoseconds of the first and the last of them.
  public var firstSeen: UInt64
  public var lastSeen: UInt64
  /// When they fell, as in `Sample`.
  public var times: [UInt64]

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
