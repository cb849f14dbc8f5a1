// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel
import System

/// The result of one window: the samples between two successive read-outs of a sampler, and how
/// complete they are.
package struct SamplingWindow: Sendable {
  /// The samples of the window, the counts of recorded and lost samples, and the processes and
  /// mapped objects that the samples refer to.
  package var recording: Recording
  /// The reason why sampling ended with this window; nil if sampling goes on.
  package var end: SamplingEnd?
  /// Facts that make results less complete, such as lost records; empty if there are none. They are
  /// about all sampling up to the end of this window, except the numbers of missed forks and of
  /// collisions of stack ids, which are about this window only.
  package var notes: [SamplingNote]
  /// The end of the window, in nanoseconds of CLOCK_MONOTONIC.
  package var endedAt: UInt64
  /// The CPU time that this process, the profiler, has used from its start to the end of the
  /// window, in seconds.
  package var cpuSecondsAtEnd: Double
}

/// The result of sampling in a single window: the samples, how complete they are, and the open
/// files to read names from.
package struct SamplingResult {
  /// The samples, the counts of recorded and lost samples, and the processes and mapped objects
  /// that the samples refer to.
  package var recording: Recording
  /// The files of `recording.objects`, held open where they could be opened, so that names can be
  /// read from them.
  package var objects: HeldObjects
  /// The reason why sampling ended.
  package var end: SamplingEnd
  /// The facts that make the result less complete; empty if there are none.
  package var notes: [SamplingNote]
  /// The capabilities that this process lacks and without which some frames have no names; empty if
  /// it has all.
  package var missingCapabilities: [Capability]
  /// The end of sampling, in nanoseconds of CLOCK_MONOTONIC.
  package var stoppedAt: UInt64
  /// The CPU time that this process, the profiler, has used from its start to the end of sampling,
  /// in seconds.
  package var cpuSecondsAtStop: Double
}

/// The progress of sampling at one moment, which callers show while they wait.
package struct SamplingProgress: Sendable {
  /// The time since sampling began, in nanoseconds.
  package var elapsed: UInt64
  /// The number of samples that were recorded so far in the current window.
  package var recorded: UInt64
  /// The number of samples that were lost so far in the current window.
  package var lost: UInt64
}

/// The sampler of one plan: `init` sets everything up, `start` begins, each `nextWindow` returns
/// what was sampled since the last one, and `finish` ends it. `run` is all of that with one window:
///
///     var sampler = try Sampler(plan, signalMask: mask)
///     var end = try sampler.start(stop: -1)
///     while end == nil {
///       let window = try sampler.nextWindow(of: 1_000_000_000)
///       show(window.recording)
///       end = window.end
///     }
///
/// It is an event loop over a `SamplingState`. The order of the set-up is what makes the mappings
/// right: first side-band records are read, then forks are followed, then `/proc` is scanned, and only
/// then samples are taken.
package struct Sampler: ~Copyable {
  let plan: SamplingPlan
  let objects: ObjectTable
  let conditions: SamplingConditions
  /// Names of cgroups; nil if samples are not kept apart by cgroup.
  var cgroups: CgroupNames?
  var state: SamplingState
  private let loop = SamplingState.makeLoop()
  private var isSampling = false
  /// The start of the open window.
  private var windowStart = Moment()
  /// This process's CPU time before sampling, in seconds.
  private var setupCPUSeconds = 0.0

  /// A moment on all clocks.
  private struct Moment {
    /// Nanoseconds of CLOCK_MONOTONIC.
    var time: UInt64 = 0
    /// Nanoseconds since 1970-01-01 UTC.
    var timeOfDay: UInt64 = 0
    /// This process's CPU time in seconds.
    var cpuSeconds = 0.0

    static func now() -> Moment {
      Moment(
        time: monotonicNanoseconds(), timeOfDay: nanoseconds(of: CLOCK_REALTIME),
        cpuSeconds: OwnCost.cpuSeconds())
    }
  }

  /// The program that the sampler has started, if the plan's target is a command; nil for other
  /// targets. The caller may end it early by `end`.
  package var command: ChildCommand? { state.command }
  /// The files that sampled processes have mapped so far, held open where they could be opened, so
  /// that names can be read from them after their processes have ended.
  package var heldObjects: HeldObjects { objects.held }
  /// The capabilities that this process lacks and without which some frames have no names; empty if
  /// it has all.
  package var missingCapabilities: [Capability] { conditions.missingCapabilities }

  /// Sets up sampling by a plan: checks privileges, loads the BPF programs, opens the events and
  /// finds the targets. If the target is a command, it is forked, but waits before its exec until
  /// `start`.
  ///
  /// - Parameters:
  ///   - plan: The description of what to sample, how often and for how long.
  ///   - signalMask: The signal mask that a command begins with; other targets ignore it.
  /// - Throws: ``SamplingError`` if a target does not exist, a privilege is missing, or the kernel
  ///   refuses a step.
  package init(_ plan: SamplingPlan, signalMask: sigset_t) throws(SamplingError) {
    let conditions = try SamplingConditions(plan)
    let filter = try ThreadFilter(plan.filter)
    let targets = try TargetWatch(plan.namedProcesses, threads: plan.filter.threads)
    let online = CPUList.online()
    for cpu in plan.filter.cpus where !online.contains(cpu) { throw .cpuNotOnline(cpu) }
    var sideBand = try Self.openSideBand(plan, online)
    let openFiles = OpenFileLimit()
    let objects = ObjectTable(limit: openFiles.count / 2)
    let expected = Self.expectedFiles(of: plan.target, objects)
    let collectors = CollectorList(of: plan)
    let sizes = MapSizes(
      stacks: plan.stackCapacity(
        samplesPerSecond: collectors.samplesPerSecond(cpus: online.count)),
      maximumDepth: plan.maximumDepth,
      rows: Self.rowCapacity(for: plan, Self.runningTargets(plan, targets, filter), objects),
      ticks: plan.tickCapacity(samplesPerSecond: collectors.timesPerSecond(cpus: online.count)),
      generations: plan.hasWindows ? 2 : 1, ofCollectors: collectors.mapEntries)
    let bpf = try BPFObject(
      config: try plan.config(filter, isBoundToCPUs: collectors.isBoundToCPUs), sizes: sizes,
      programs: collectors.programs, kernelTypes: plan.kernelTypesPath)
    var command: ChildCommand?
    if case .command(let arguments) = plan.target {
      command = try ChildCommand(
        arguments, signalMask: signalMask, openFiles: openFiles.inherited)
    }
    try Self.recordTargets(
      plan, targets, command, eventLimit: openFiles.sideBandEvents, in: &sideBand)
    let cpus = CPUWatch(filter: plan.filter.cpus)
    try collectors.open(cpus: cpus.sampled(of: online), bpf)
    try filter.fill(bpf.map(.threadFilter))
    var table = ProcessTable(objects: objects, scope: plan.scope(filter))
    try Self.addTargets(plan, targets, command, filter, to: bpf.map(.targets), &table)
    let unwinding = try UnwindingFollower(
      bpf, objects: objects, rowCapacity: sizes.rows, plan)
    let processes = ProcessMonitor(table: table, objects: objects, followers: [unwinding])
    Self.queueExpectedTables(expected, table, isLazy: plan.isLazy, unwinding)
    unwinding.buildQueued()

    self.plan = plan
    self.objects = objects
    self.conditions = conditions
    cgroups = plan.splitsCgroups ? CgroupNames(hierarchy: filter.cgroupHierarchy) : nil
    state = SamplingState(
      bpf: bpf, collectors: collectors, sideBand: sideBand, processes: processes,
      unwinding: unwinding,
      targets: targets, command: command, cpus: cpus,
      requests: RequestPoll(
        forTables: plan.isLazy, forProcesses: plan.reportsUnknownProcesses))
  }

  /// Begins to sample, after the plan's delay. Call it once, before the first `nextWindow`.
  ///
  /// - Parameter stop: A file descriptor that becomes readable when sampling must end, such as one
  ///   end of a pipe; negative if there is none. The caller keeps it open.
  /// - Returns: The reason if sampling ended during the delay; nil if it has begun.
  /// - Throws: ``SamplingError`` if the command could not be started, or if the kernel refused to
  ///   enable an event or to give up capabilities.
  package mutating func start(stop: CInt) throws(SamplingError) -> SamplingEnd? {
    setupCPUSeconds = OwnCost.cpuSeconds()
    state.priority = ReadingPriority()
    state.schedule.stopDescriptor = stop
    var end: SamplingEnd?
    if let delay = plan.delay {
      try state.command?.release()
      end = wait(until: monotonicNanoseconds() + delay, progress: nil)
    }
    windowStart = .now()
    windowStart.cpuSeconds = setupCPUSeconds
    guard end == nil else { return end }
    try state.collectors.enable(at: windowStart.time)
    isSampling = true
    if plan.delay == nil { try state.command?.release() }
    do throws(SystemError) {
      try Capability.dropAfterSetUp()
    } catch {
      throw .system(error)
    }
    state.schedule.samplingStart = windowStart.time
    state.schedule.samplingEnd = plan.duration.map { windowStart.time + $0 }
    return nil
  }

  /// Samples until the window is over or sampling ends, and returns the samples since the last
  /// window. Sampling ends when the plan's duration is over, when the target has exited, or when
  /// the descriptor that `start(stop:)` got is readable.
  ///
  /// The next window begins where this one ends: no sample is lost in between. Call it after
  /// `start` has returned nil, and not again after a window whose `end` is not nil.
  ///
  /// - Parameters:
  ///   - length: The length of the window in nanoseconds. Nil means up to the end of sampling;
  ///     other values need a plan with `hasWindows`.
  ///   - progress: A closure that is called about five times a second; nil for no reports.
  /// - Throws: ``SamplingError`` if the window could not be read from the kernel.
  package mutating func nextWindow(
    of length: UInt64?, progress: ((SamplingProgress) -> Void)? = nil
  ) throws(SamplingError) -> SamplingWindow {
    precondition(isSampling, "sampling has not begun, or has ended")
    precondition(length == nil || plan.hasWindows, "the plan has one window only")
    let end = wait(until: length.map { windowStart.time + $0 }, progress: progress)
    return try closeWindow(end: end)
  }

  /// Ends sampling, and returns the samples since the last window.
  ///
  /// - Returns: The last window; nil if sampling has not begun, or had ended already.
  /// - Throws: ``SamplingError`` if the window could not be read from the kernel.
  package consuming func finish() throws(SamplingError) -> SamplingWindow? {
    guard isSampling else { return nil }
    return try closeWindow(end: .stopped)
  }

  /// Samples in one window, from the start to the end of sampling: when the plan's duration is
  /// over, when the target has exited, or when `stop` is readable. Call it right after `init`; it
  /// takes the place of `start`, `nextWindow` and `finish`.
  ///
  /// - Parameters:
  ///   - stop: A file descriptor that becomes readable when sampling must end, such as one end of a
  ///     pipe; negative if there is none.
  ///   - progress: A closure that is called about five times a second; nil for no reports.
  /// - Throws: ``SamplingError`` if the command could not be started, if the kernel refused to
  ///   enable an event, or if the window could not be read from the kernel.
  package consuming func run(
    stop: CInt, progress: ((SamplingProgress) -> Void)?
  ) throws(SamplingError) -> SamplingResult {
    let early = try start(stop: stop)
    let end = early ?? wait(until: nil, progress: progress) ?? .stopped
    let window = try closeWindow(end: end)
    return SamplingResult(
      recording: window.recording, objects: objects.held, end: end,
      notes: window.notes, missingCapabilities: missingCapabilities, stoppedAt: window.endedAt,
      cpuSecondsAtStop: window.cpuSecondsAtEnd)
  }

  /// Runs the event loop.
  ///
  /// - Parameter windowEnd: in monotonic nanoseconds; nil is the end of sampling.
  /// - Returns: nil at the end of the window, else why sampling ended.
  private mutating func wait(
    until windowEnd: UInt64?, progress: ((SamplingProgress) -> Void)?
  ) -> SamplingEnd? {
    state.schedule.windowEnd = windowEnd
    state.schedule.progress = progress
    state.schedule.nextProgress = monotonicNanoseconds() + WindowSchedule.progressInterval
    defer { state.schedule.progress = nil }
    switch loop.run(&state) {
    case .windowOver: return nil
    case .samplingOver(let end): return end
    }
  }

  /// Closes the open window and reads it.
  ///
  /// - Parameter end: why sampling ended; nil if it goes on.
  private mutating func closeWindow(end: SamplingEnd?) throws(SamplingError) -> SamplingWindow {
    let start = windowStart
    windowStart = .now()
    try state.collectors.windowWillClose(at: windowStart.time, state.bpf)
    if end != nil {
      state.collectors.disable(at: windowStart.time)
      isSampling = false
    }
    windowStart.cpuSeconds = OwnCost.cpuSeconds()
    let kernelWindow = try state.bpf.closeWindow()
    // After the window was closed: only now the records of all its samples are there. If sampling
    // goes on, younger ones, whose order is not yet certain, are left for the next window.
    let closedAt = monotonicNanoseconds()
    state.readRecords(all: end != nil)
    let finished = state.unwinding.finishStacks(
      of: kernelWindow.generation, in: state.processes.table, at: closedAt, isLast: end != nil)
    cgroups?.scan()
    let readout = try Readout(
      kernelWindow, of: state.bpf,
      Readout.Context(
        collectors: state.collectors, table: state.processes.table, cgroups: cgroups,
        splitsCPUs: plan.splitsCPUs, namesKernel: conditions.showsKernelAddresses,
        startedAt: start.time, finished: finished))
    var account = Account()
    account.cost = try mapCosts()
    account.cost.setupCPUSeconds = setupCPUSeconds
    account.cost.samplingCPUSeconds = windowStart.cpuSeconds - start.cpuSeconds
    account.samples.recordedValues = readout.totals
    for (collector, found) in zip(state.collectors.all, readout.found) {
      collector.report(kernelWindow, until: windowStart.time, found: found, to: &account)
    }
    if let law = finished.law(kernelWindow.counters, usedCount: readout.finishedCount) {
      account.laws.append(law)
    }
    let notes = notes(kernelWindow.counters)
    if end == nil { try kernelWindow.recycle(in: state.bpf) }
    return SamplingWindow(
      recording: Recording(
        session: session(from: start.timeOfDay, duration: windowStart.time - start.time),
        processes: readout.processes, objects: objects.objects, stacks: readout.stacks,
        samples: readout.samples, kernelSymbols: readout.kernelSymbols, account: account),
      end: end, notes: notes, endedAt: windowStart.time, cpuSecondsAtEnd: windowStart.cpuSeconds)
  }
}
