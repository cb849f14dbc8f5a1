// SPDX-License-Identifier: Apache-2.0

import CShims

/// What is sampled.
public enum Target: Hashable, Sendable {
  /// These processes, with the children they have and will have.
  case processes([Int32])
  /// Everything that runs on the machine.
  case wholeMachine
  /// A program that the sampler starts, with its children. Its words are C strings of any bytes; the
  /// first is looked up in PATH.
  case command([[CChar]])
}

/// What to sample, how often and for how long.
public struct SamplingPlan: Sendable {
  public var target: Target
  /// Which part of it is meant.
  public var filter = TargetFilter()
  /// The children of what is named are sampled, too.
  public var followsChildren = true
  public var event = SampledEvent.cpuClock
  public var rate: SamplingRate
  /// Nanoseconds before the first sample.
  public var delay: UInt64?
  /// Nanoseconds from then on; nil is until the target ends or somebody stops it.
  public var duration: UInt64?
  /// Samples of different CPUs and cgroups are counted apart.
  public var splitsCPUs = false
  public var splitsCgroups = false
  /// Which stacks are taken. A sample counts without any, too.
  public var takesKernelStacks = true
  public var takesUserStacks = true
  /// Distinct stacks that there is room for; nil derives it from rate, CPUs and duration.
  public var maximumStacks: Int?
  /// The most that `maximumDepth` can be.
  public static let depthLimit = Int(FB_MAX_FRAMES)
  /// Frames of a user stack at most, from 1 on; a deeper stack keeps its leaf side.
  public var maximumDepth = usualDepth
  static let usualDepth = 512
  /// Bytes that unwind tables may take; nil is as much as the targets seem to need, 59 MB for the
  /// whole machine.
  public var tableBudget: Int?
  /// Whether it is kept when each sample fell.
  public var keepsTimes = false
  /// For tests: room for so many times and no more.
  public var maximumTimes: Int?
  /// For tests: fewer than 64 bits of a stack's id provoke collisions.
  public var stackIDBits = 64
  /// For the benchmark: a third of the user stacks are the kernel helper's, in turns, and runs of both
  /// kinds are timed.
  public var isTrial = false
  /// The kernel's type information, where it is not in `/sys/kernel/btf/vmlinux`.
  public var kernelTypesPath: String?

  public init(target: Target, rate: SamplingRate = .frequency(99), duration: UInt64? = nil) {
    self.target = target
    self.rate = rate
    self.duration = duration
  }

  var isWholeMachine: Bool { target == .wholeMachine }

  var namedProcesses: [Int32] {
    if case .processes(let pids) = target { pids } else { [] }
  }

  /// Unwind tables are built only when a sample needs them: of what is mapped, much will meet none.
  var isLazy: Bool { isWholeMachine != filter.choosesFew }

  /// Processes may become wanted while they run; what is named is known from the start.
  var reportsStrangers: Bool { isWholeMachine && filter.choosesProcesses }

  /// Whose mappings are followed.
  func followed(_ wanted: WantedThreads) -> ProcessTable.Followed {
    if !isWholeMachine { return followsChildren ? .children : .nobody }
    if !filter.threads.isEmpty { return .nobody }
    return .all { wanted.mayHold($0, comm: $1) }
  }

  /// A guess where it is the target that sets the pace.
  private var samplesPerSecond: Double {
    if event.isClock { return rate.clockHertz }
    if case .frequency(let hertz) = rate { return Double(hertz) }
    return 1000
  }

  /// Room for as many stacks as there can be samples in the duration (a quarter of a minute, if
  /// there is none: stacks recur), within bounds: 16,384 cost 14 MB of kernel memory, 262,144 cost
  /// 210 MB.
  func stackCapacity(cpus: Int) -> Int {
    if let maximumStacks { return maximumStacks }
    let seconds = Double(duration ?? 15_000_000_000) / 1e9
    let samples = samplesPerSecond * Double(cpus) * seconds
    return min(max(16_384, Int(min(samples, 1e9))), 262_144)
  }

  /// Room for the times of as many samples as there can be in the duration (a million, if there is
  /// none), at most four million; each takes 16 bytes of kernel memory.
  func tickCapacity(cpus: Int) -> Int {
    guard keepsTimes else { return 0 }
    if let maximumTimes { return maximumTimes }
    guard let duration else { return 1 << 20 }
    let samples = samplesPerSecond * Double(cpus) * Double(duration) / 1e9
    return min(max(4096, Int(min(1.1 * samples, 1e9))), 1 << 22)
  }
}

/// Why sampling ended.
public enum SamplingEnd: Hashable, Sendable {
  case durationOver
  /// Everything that was named has exited.
  case targetExited
  /// The started command ended, with this wait status.
  case commandEnded(status: CInt)
  /// A signal asked for it.
  case stopped
}

/// Things that a person should know of, and that are no errors.
public enum SamplingNote: Hashable, Sendable {
  /// Records of mappings, forks and exits that the kernel had no room for.
  case sideBandRecordsLost(UInt64)
  /// Children that could not be followed.
  case forksMissed(UInt64)
  /// Mappings and processes that the maps of the program had no room for: stacks end there.
  case mappingsUntold(Int)
  /// Ended processes that were forgotten, since too many came and went.
  case processesForgotten(Int)
  /// Different stacks that fell on the same id at first; none was merged or, unless counted as
  /// lost, dropped.
  case stackIDCollisions(UInt64)
  /// Files of processes that could not be opened for lack of a privilege: no unwind table, no names.
  case filesDenied(Int)
  /// Likewise files that have been deleted or replaced.
  case deletedFilesOutOfReach(Int)
  /// Processes whose mappings could not be read for lack of a privilege.
  case processesDenied(Int)
  /// CPUs went offline or came online, so many times.
  case cpusChanged(Int)
  /// CPUs that came online, and that the kernel did not let us sample.
  case cpusRefused(Int)
  /// The kernel lowered kernel.perf_event_max_sample_rate while we sampled.
  case sampleRateLowered(from: Int, to: Int)
}
