// SPDX-License-Identifier: Apache-2.0

/// What the sampler brings home: addresses, mappings, counts and losses. No symbol names.
public struct Recording: Sendable {
  public var session: Session
  public var processes: [RecordedProcess]
  public var objects: [MappedObject]
  /// Each distinct stack once, whatever processes it was seen in.
  public var stacks: [RawStack]
  public var samples: [RecordedSample]
  /// Samples and cost as far as the sampler knows them.
  public var account: Account

  public init(
    session: Session, processes: [RecordedProcess] = [], objects: [MappedObject] = [],
    stacks: [RawStack] = [], samples: [RecordedSample] = [], account: Account = Account()
  ) {
    self.session = session
    self.processes = processes
    self.objects = objects
    self.stacks = stacks
    self.samples = samples
    self.account = account
  }
}

/// Addresses as the kernel collected them, leaf first.
public struct RawStack: Hashable, Sendable {
  /// The first address is where the thread was interrupted, all others are return addresses.
  public var addresses: [UInt64]
  /// The walk stopped at the limit of frames.
  public var isCutAtLimit: Bool

  public init(addresses: [UInt64], isCutAtLimit: Bool = false) {
    self.addresses = addresses
    self.isCutAtLimit = isCutAtLimit
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
  public var count: UInt64
  /// What the samples stand for, in the event's unit; equal to `count` for a clock.
  public var weight: UInt64
  /// Monotonic nanoseconds of the first and the last of them.
  public var firstSeen: UInt64
  public var lastSeen: UInt64

  public init(
    process: Int, threadID: Int32, comm: String, kernelStack: Int?, userStack: Int?,
    isKernelThread: Bool = false, count: UInt64, weight: UInt64, firstSeen: UInt64 = 0,
    lastSeen: UInt64 = 0
  ) {
    self.process = process
    self.threadID = threadID
    self.comm = comm
    self.kernelStack = kernelStack
    self.userStack = userStack
    self.isKernelThread = isKernelThread
    self.count = count
    self.weight = weight
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
  }
}
