// SPDX-License-Identifier: Apache-2.0

import CShims

/// The set of processes to sample.
public enum Target: Hashable, Sendable {
  /// The processes with these ids, and the children that they have and will have.
  case processes([Int32])
  /// All processes, and the threads of the kernel.
  case wholeMachine
  /// A program that the sampler starts, with its children. The arguments are C strings, which end
  /// with 0 and need not be UTF-8; the first is searched for in PATH.
  case command([[CChar]])
}

/// A description of what to sample, how often and for how long.
public struct SamplingPlan: Sendable {
  /// The processes that are sampled.
  public var target: Target
  /// The filter of the target's threads; by default all threads match.
  public var filter = TargetFilter()
  /// Whether the children of the target's processes are sampled too, those that exist and later
  /// ones.
  public var followsChildren = true
  /// The event that samples are taken at.
  public var event = SampledEvent.cpuClock
  /// The rate of samples. For a tracepoint or uprobe it is a period: the number of hits for each
  /// sample.
  public var rate: SamplingRate
  /// The time between the start and the first sample, in nanoseconds; nil is none.
  public var delay: UInt64?
  /// The time from the first sample to the end, in nanoseconds; nil means until the target ends or
  /// the sampler is stopped.
  public var duration: UInt64?
  /// Whether there will be several windows (`Sampler.nextWindow`). The BPF maps then have two
  /// halves and take twice the memory.
  public var hasWindows = false
  /// Whether samples of different CPUs are kept apart, each with the id of its CPU.
  public var splitsCPUs = false
  /// Whether samples of different cgroups are kept apart, each with its cgroup.
  public var splitsCgroups = false
  /// Whether samples have the frames of the kernel.
  public var takesKernelStacks = true
  /// Whether samples have the frames of user space.
  public var takesUserStacks = true
  /// The limit of distinct stacks in one window; samples of further stacks are lost. Nil derives it
  /// from rate, CPUs and duration.
  public var maximumStacks: Int?
  /// The greatest value of `maximumDepth`, in frames.
  public static let depthLimit = Int(FB_MAX_FRAMES)
  /// The limit of frames of a user stack, 1 to `depthLimit`. A deeper stack keeps its leaf side.
  public var maximumDepth = defaultDepth
  static let defaultDepth = 512
  /// The limit of the memory for unwind tables, in bytes. Nil estimates what the targets need; for
  /// the whole machine it is 59 MB.
  public var tableBudget: Int?
  /// Whether the recording has the time of each single sample, not only counts.
  public var keepsTimes = false
  /// The limit of times that are kept, for tests; nil derives it from rate, CPUs and duration.
  public var maximumTimes: Int?
  /// The number of bits of a stack's id that are used, 1 to 64. Tests use few of them to provoke
  /// collisions.
  public var stackIDBits = 64
  /// Whether a third of the user stacks, in turns, is taken by the kernel's helper, and the runs of
  /// both kinds are timed. For the benchmark.
  public var isTrial = false
  /// The path of the kernel's type information (BTF); nil is `/sys/kernel/btf/vmlinux`.
  public var kernelTypesPath: String?

  /// Creates a plan with defaults: the CPU clock, all threads of the target and of its children,
  /// stacks of kernel and user space.
  ///
  /// - Parameter duration: As the property, in nanoseconds; nil is without a limit.
  public init(target: Target, rate: SamplingRate = .frequency(99), duration: UInt64? = nil) {
    self.target = target
    self.rate = rate
    self.duration = duration
  }

  var isWholeMachine: Bool { target == .wholeMachine }

  var namedProcesses: [Int32] {
    if case .processes(let pids) = target { pids } else { [] }
  }

  /// Whether unwind tables are built only when a sample needs them: of a whole machine's files, few
  /// are hit.
  var isLazy: Bool { isWholeMachine != filter.choosesFew }

  /// Whether the BPF program reports processes that are not in the table: they may come to match
  /// the filter while they run. Named targets are known from the start.
  var reportsUnknownProcesses: Bool { isWholeMachine && filter.choosesProcesses }

  /// The processes whose mappings are followed.
  func scope(_ filter: ThreadFilter) -> ProcessTable.Scope {
    if !isWholeMachine { return followsChildren ? .children : .namedOnly }
    if !self.filter.threads.isEmpty { return .namedOnly }
    return .all { filter.mayMatch($0, comm: $1) }
  }

  /// Samples per second and CPU; estimated if the target decides how often the event occurs.
  private var samplesPerSecond: Double {
    if event.isClock { return rate.clockHertz }
    if case .frequency(let hertz) = rate { return Double(hertz) }
    return 1000
  }

  /// Capacity of the map `stacks`: one stack for each sample of the duration, or of 15 seconds if
  /// it has none, since stacks recur; at least 16,384, which cost 14 MB of kernel memory, and at
  /// most 262,144, which cost 210 MB.
  func stackCapacity(cpus: Int) -> Int {
    if let maximumStacks { return maximumStacks }
    let seconds = Double(duration ?? 15_000_000_000) / 1e9
    let samples = samplesPerSecond * Double(cpus) * seconds
    return min(max(16_384, Int(min(samples, 1e9))), 262_144)
  }

  /// Capacity of the map `ticks`: a tenth more than the samples of the duration, or a million if it
  /// has none; at most four million. Each takes 16 bytes of kernel memory. 0 if times are not kept.
  func tickCapacity(cpus: Int) -> Int {
    guard keepsTimes else { return 0 }
    if let maximumTimes { return maximumTimes }
    guard let duration else { return 1 << 20 }
    let samples = samplesPerSecond * Double(cpus) * Double(duration) / 1e9
    return min(max(4096, Int(min(1.1 * samples, 1e9))), 1 << 22)
  }
}

/// The reason why sampling ended.
public enum SamplingEnd: Hashable, Sendable {
  /// The plan's duration is over.
  case durationOver
  /// All processes and threads of the target have exited.
  case targetExited
  /// The started command has ended, with this wait status (wait(2)).
  case commandEnded(status: CInt)
  /// The caller ended sampling: it made the descriptor `stop` of ``Sampler/start(stop:)`` readable,
  /// or called ``Sampler/finish()``.
  case stopped
}

/// A fact about a sampling that makes its result less complete, and that is not an error.
public enum SamplingNote: Hashable, Sendable {
  /// The number of side-band records (of processes and mappings) that the kernel dropped because a
  /// ring was full.
  case sideBandRecordsLost(UInt64)
  /// The number of child processes that are not sampled because the map of targets was full.
  case forksMissed(UInt64)
  /// The number of mappings and processes that are missing in the BPF maps because these were full.
  /// Stacks end there.
  case mappingsNotPublished(Int)
  /// The number of ended processes that were dropped because the table of processes was full. The
  /// frames of their samples may have no names.
  case processesForgotten(Int)
  /// The number of stacks whose first id was that of another stack. They got another id, or were
  /// counted as lost; none was merged.
  case stackIDCollisions(UInt64)
  /// The number of files that could not be opened for lack of a privilege: they have no unwind
  /// table and no names.
  case filesDenied(Int)
  /// The number of deleted or replaced files that could not be opened for lack of a privilege.
  case deletedFilesOutOfReach(Int)
  /// The number of processes whose mappings could not be read for lack of a privilege.
  case processesDenied(Int)
  /// The number of times that the set of sampled CPUs changed, since CPUs came online or went
  /// offline.
  case cpusChanged(Int)
  /// The number of CPUs that came online and on which the kernel refused to open the event: they
  /// are not sampled.
  case cpusRefused(Int)
  /// The number of CPUs on which the kernel refused to open a ring for side-band records. What
  /// processes map there is not known, and their stacks are truncated or without names.
  case cpuRecordsRefused(Int)
  /// The kernel lowered `kernel.perf_event_max_sample_rate` during sampling; both values are in
  /// samples per second and CPU.
  case sampleRateLowered(from: Int, to: Int)
}
