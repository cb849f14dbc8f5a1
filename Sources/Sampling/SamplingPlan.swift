// SPDX-License-Identifier: Apache-2.0

import CShims
import ProfileModel

/// The set of processes to sample.
package enum Target: Hashable, Sendable {
  /// The processes with these process ids, and, if the plan follows children, the children that
  /// they have and will have.
  case processes([Int32])
  /// All processes of the machine, and the threads of the kernel.
  case wholeMachine
  /// A program that the sampler starts, and, if the plan follows children, its children. The
  /// arguments are C strings, which end with 0 and need not be UTF-8; the first one names the
  /// program, which is searched for in PATH.
  case command([[CChar]])
}

/// A description of what to sample, how often and for how long.
package struct SamplingPlan: Sendable {
  /// The set of processes that are sampled, before `filter` is applied.
  package var target: Target
  /// The filter that threads of the target must pass to be sampled; by default all threads pass.
  package var filter = TargetFilter()
  /// Whether the children of the target's processes are sampled too, those that exist and later
  /// ones.
  package var followsChildren = true
  /// The event at which samples are taken; by default `cpu-clock`, time on CPU.
  package var event = SampledEvent.cpuClock
  /// The rate of samples: a frequency, or a period in events. For a tracepoint or uprobe it is a
  /// period, the number of hits for each sample.
  package var rate: SamplingRate
  /// The time between the start and the first sample, in nanoseconds; nil means no delay.
  package var delay: UInt64?
  /// The time from the first sample to the end, in nanoseconds; nil means until the target ends or
  /// the sampler is stopped.
  package var duration: UInt64?
  /// Whether sampling is read out in several windows, so that `Sampler.nextWindow` may be called
  /// with a length; by default false. The BPF maps then have two halves and take twice the memory.
  package var hasWindows = false
  /// Whether samples of different CPUs are kept apart, each with the id of its CPU, instead of
  /// being added up; by default false.
  package var splitsCPUs = false
  /// Whether samples of different cgroups are kept apart, each with the path of its cgroup, instead
  /// of being added up; by default false.
  package var splitsCgroups = false
  /// Whether samples have the frames of the kernel; by default true.
  package var takesKernelStacks = true
  /// Whether samples have the frames of user space; by default true.
  package var takesUserStacks = true
  /// The greatest number of distinct stacks in one window, 1 to 16,777,216; samples of further
  /// stacks are lost. Nil derives it from rate, CPUs and duration: 16,384 to 262,144.
  package var maximumStacks: Int?
  /// The greatest value that `maximumDepth`, the limit of frames of a user stack, may have.
  package static let depthLimit = Int(FB_MAX_FRAMES)
  /// The greatest number of frames of a user stack that are kept, 1 to `depthLimit`; 512 by
  /// default. Of a deeper stack the frames nearest to the leaf are kept.
  package var maximumDepth = defaultDepth
  static let defaultDepth = 512
  /// The greatest memory that the unwind tables of all files together may take in BPF maps, in
  /// bytes. Nil estimates what the targets need; for the whole machine it is 59 MB.
  package var tableBudget: Int?
  /// Whether the recording has the time of each single sample, not only the number of equal
  /// samples; by default false.
  package var keepsTimes = false
  /// The greatest number of samples whose times are kept in one window, for tests. Nil derives it
  /// from rate, CPUs and duration.
  package var maximumTimes: Int?
  /// The number of bits, 1 to 64, that the ids of stacks have; 64 by default. Tests use few bits to
  /// provoke collisions, where two stacks get one id.
  package var stackIDBits = 64
  /// The time that each unwind table takes longer to be built, in nanoseconds; 0 by default. Tests use
  /// it for samples that come before the tables of their files.
  package var tableDelay: UInt64 = 0
  /// Whether a third of the user stacks is taken by the kernel's own stack walk instead of by
  /// unwind tables, and the runs of both kinds are timed to compare them. For a benchmark; by
  /// default false.
  package var isTrial = false
  /// The path of the kernel's type information (BTF); nil is `/sys/kernel/btf/vmlinux`.
  package var kernelTypesPath: String?

  /// Creates a plan with defaults: the event `cpu-clock`, all threads of the target and of its
  /// children, stacks of kernel and user space.
  ///
  /// - Parameters:
  ///   - target: The set of processes to sample.
  ///   - rate: The rate of samples; by default 99 per second and CPU.
  ///   - duration: The time from the first sample to the end, in nanoseconds; nil means until the
  ///     target ends or the sampler is stopped.
  package init(target: Target, rate: SamplingRate = .frequency(99), duration: UInt64? = nil) {
    self.target = target
    self.rate = rate
    self.duration = duration
  }

  /// The metrics of a session that is sampled by this plan, the default one first: those of all its
  /// collectors.
  package var metrics: [Metric] { CollectorList(of: self).metrics }

  var isWholeMachine: Bool { target == .wholeMachine }

  var namedProcesses: [Int32] {
    if case .processes(let pids) = target { pids } else { [] }
  }

  /// Whether only processes that are named, by themselves or by their threads, are followed, and maybe
  /// their descendants. Nothing need be known of others.
  var followsNamedOnly: Bool { !isWholeMachine || !filter.threads.isEmpty }

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

  /// Capacity of the map `stacks`: one stack for each sample of the duration, or of 15 seconds if
  /// it has none, since stacks recur; at least 16,384, which cost 14 MB of kernel memory, and at
  /// most 262,144, which cost 210 MB.
  ///
  /// - Parameter samplesPerSecond: of all CPUs together.
  func stackCapacity(samplesPerSecond: Double) -> Int {
    if let maximumStacks { return maximumStacks }
    let seconds = Double(duration ?? 15_000_000_000) / 1e9
    let samples = samplesPerSecond * seconds
    return min(max(16_384, Int(min(samples, 1e9))), 262_144)
  }

  /// Capacity of the map `ticks`: a tenth more than the samples of the duration, or a million if it
  /// has none; at most four million. Each takes 16 bytes of kernel memory. 0 if times are not kept.
  ///
  /// - Parameter samplesPerSecond: of all CPUs together, only those whose times are kept.
  func tickCapacity(samplesPerSecond: Double) -> Int {
    guard keepsTimes else { return 0 }
    if let maximumTimes { return maximumTimes }
    guard let duration else { return 1 << 20 }
    let samples = samplesPerSecond * Double(duration) / 1e9
    return min(max(4096, Int(min(1.1 * samples, 1e9))), 1 << 22)
  }
}

/// The reason why sampling ended.
package enum SamplingEnd: Hashable, Sendable {
  /// The time that the plan's `duration` allows is over.
  case durationOver
  /// All processes and threads of the target have exited.
  case targetExited
  /// The command that the sampler started has ended, with this wait status (wait(2)).
  case commandEnded(status: CInt)
  /// The caller ended sampling: it made the descriptor `stop` of ``Sampler/start(stop:)`` readable,
  /// or called ``Sampler/finish()``.
  case stopped
}

/// A fact about a sampling that makes its result less complete, and that is not an error.
package enum SamplingNote: Hashable, Sendable {
  /// The number of side-band records (of processes and mappings) that the kernel dropped because a
  /// ring was full.
  case sideBandRecordsLost(UInt64)
  /// The number of mappings that were left out because their processes mapped code faster than one
  /// process's share of the profiler's time allows.
  case mappingsLeftOut(UInt64)
  /// The number of child processes that are not sampled because the BPF map of sampled processes
  /// was full.
  case forksMissed(UInt64)
  /// The number of mappings and processes that the BPF program does not know because its maps were
  /// full, or nearly full and their process or user had more than a share. Stacks through such a
  /// mapping, or of such a process, are truncated unless the kernel can be asked for it.
  case mappingsNotPublished(Int)
  /// The number of samples that are counted under an earlier name of their thread, because it has had
  /// more names than samples are kept apart by; and how many these are.
  case threadNamesKept(UInt64, limit: Int)
  /// The number of files that are not open, and have no unwind table, because their process or user
  /// had more than a share of what can be.
  case filesLeftOut(Int)
  /// The number of ended processes that were dropped because the table of processes was full. The
  /// frames of their samples may have no names.
  case processesForgotten(Int)
  /// The number of stacks whose id, a hash, was already that of a different stack. Each got another
  /// id, or its samples were counted as lost; no two stacks were merged.
  case stackIDCollisions(UInt64)
  /// The number of mapped files that could not be opened for lack of a privilege. Stacks cannot be
  /// unwound through them, and their frames have no names.
  case filesDenied(Int)
  /// The number of mapped files that were deleted or replaced since and could not be opened for
  /// lack of a privilege. Stacks cannot be unwound through them, and their frames have no names.
  case deletedFilesOutOfReach(Int)
  /// The number of processes whose mappings could not be read for lack of a privilege. Their stacks
  /// are truncated or without names.
  case processesDenied(Int)
  /// The number of times that the set of sampled CPUs changed, since CPUs came online or went
  /// offline.
  case cpusChanged(Int)
  /// The number of CPUs that came online during sampling and on which the kernel refused to open
  /// the event. These CPUs are not sampled.
  case cpusRefused(Int)
  /// The number of CPUs on which the kernel refused to open a ring for side-band records. The
  /// mappings that processes make on these CPUs are not known, so stacks are truncated or without
  /// names.
  case cpuRecordsRefused(Int)
  /// The kernel lowered its limit of samples, `kernel.perf_event_max_sample_rate`, during sampling,
  /// so that fewer samples may have been taken. Both values are in samples per second and CPU.
  case sampleRateLowered(from: Int, to: Int)
}
