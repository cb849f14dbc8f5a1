// SPDX-License-Identifier: Apache-2.0

/// What changes while a sampler runs: the state that the handlers of its event loop work on.
struct SamplingState: ~Copyable {
  let bpf: BPFObject
  let collectors: CollectorList
  var sideBand: SideBand
  var processes: ProcessMonitor
  /// The first follower of `processes`; the loop serves its builder and its requests as well.
  let unwinding: UnwindingFollower
  var targets: TargetWatch
  let command: ChildCommand?
  var cpus: CPUWatch
  /// When records that gather in the rings are read.
  var batching = RecordBatching()
  /// When requests of the BPF programs are read.
  var requests: RequestPoll
  var schedule = WindowSchedule()
  /// Nil before sampling.
  var priority: ReadingPriority?
}

/// The poll for what the BPF programs ask of user space.
struct RequestPoll {
  var backoff = PollBackoff()
  /// Unwind tables are built when a sample needs one; else before any does.
  let forTables: Bool
  /// Processes may come to match the filter while they run, and are added then.
  let forProcesses: Bool
}

/// The CPUs that are sampled: those that are online and that the filter lets pass.
struct CPUWatch {
  /// CPUs of the filter; empty if there is none.
  let filter: [CInt]
  /// When to read the list of online CPUs next, in monotonic nanoseconds.
  var nextScan: UInt64 = 0
  /// How often the sampled CPUs changed.
  var changeCount = 0

  static let scanInterval: UInt64 = 1_000_000_000

  func sampled(of online: [CInt]) -> [CInt] {
    filter.isEmpty ? online : online.filter(filter.contains)
  }
}

/// The points in time at which a run of the loop ends or reports, in monotonic nanoseconds.
struct WindowSchedule {
  /// Readable once a signal has asked for the end; negative if there is no such descriptor.
  var stopDescriptor: CInt = -1
  /// The first moment of sampling.
  var samplingStart: UInt64 = 0
  /// End of the whole sampling; nil if it has no set duration.
  var samplingEnd: UInt64?
  /// End of this window, or of the delay before sampling; nil if it is that of the sampling.
  var windowEnd: UInt64?
  var progress: ((SamplingProgress) -> Void)?
  var nextProgress: UInt64 = 0

  static let progressInterval: UInt64 = 200_000_000
}
