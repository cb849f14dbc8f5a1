// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel
import System

/// The samples and facts of one window: the span between two read-outs of a sampler.
public struct SamplingWindow: Sendable {
  /// The samples of the window with their account, and the processes and objects that they refer
  /// to.
  public var recording: Recording
  /// The checks of all collectors that nothing was lost silently in the window: the parts of each,
  /// such as recorded and lost samples, must add up to its total.
  public var laws: [ConservationLaw]
  /// The reason why sampling ended with this window; nil if it goes on.
  public var end: SamplingEnd?
  /// The facts of the sampling so far that make results less complete; empty if there are none. The
  /// numbers of missed forks and of collisions are those of this window.
  public var notes: [SamplingNote]
  /// The end of the window, in nanoseconds of CLOCK_MONOTONIC.
  public var endedAt: UInt64
  /// This process's CPU time at the end of the window, in seconds.
  public var cpuSecondsAtEnd: Double
}

/// The result of a whole run: the samples of its only window, and the open files to read names
/// from.
public struct SamplingResult {
  /// The samples with their account.
  public var recording: Recording
  /// The checks of all collectors that nothing was lost silently: the parts of each, such as
  /// recorded and lost samples, must add up to its total.
  public var laws: [ConservationLaw]
  /// The files of the recording's objects, held open.
  public var objects: HeldObjects
  /// The reason why sampling ended.
  public var end: SamplingEnd
  /// The facts that make the result less complete; empty if there are none.
  public var notes: [SamplingNote]
  /// The capabilities for naming frames that this process lacks; see `Capability.forNames`.
  public var missingCapabilities: [Capability]
  /// The end of sampling, in nanoseconds of CLOCK_MONOTONIC.
  public var stoppedAt: UInt64
  /// This process's CPU time at the end of sampling, in seconds.
  public var cpuSecondsAtStop: Double
}

/// The progress of sampling: times and counts up to now.
public struct SamplingProgress: Sendable {
  /// The time since sampling began, in nanoseconds.
  public var elapsed: UInt64
  /// The number of samples that were recorded in the window that is open.
  public var recorded: UInt64
  /// The number of samples that were lost in the window that is open.
  public var lost: UInt64
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
/// right: first the rings of side-band records are opened, then forks are followed, then `/proc` is
/// scanned, and only then samples are taken.
public struct Sampler: ~Copyable {
  let plan: SamplingPlan
  let objects: ObjectTable
  let conditions: SamplingConditions
  /// Names of cgroups; nil if samples are not kept apart by cgroup.
  var cgroups: CgroupNames?
  var state: SamplingState
  private let loop = SamplingState.makeLoop()
  private var priority: RaisedPriority?
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

  /// The started command, which the caller reaps or ends; nil for other targets.
  public var command: ChildCommand? { state.command }
  /// The files that were seen mapped so far, held open where they could be opened, so that names
  /// can be read from them after their processes have ended.
  public var heldObjects: HeldObjects { objects.held }
  /// The capabilities for naming frames that this process lacks; see `Capability.forNames`.
  public var missingCapabilities: [Capability] { conditions.missingCapabilities }

  /// Sets up everything, and forks a command, which waits before its exec until `start`.
  ///
  /// - Parameter signalMask: The signal mask that a command begins with.
  /// - Throws: The step that failed, and why.
  public init(_ plan: SamplingPlan, signalMask: sigset_t) throws(SamplingError) {
    let conditions = try SamplingConditions(plan)
    let filter = try ThreadFilter(plan.filter)
    let targets = try TargetWatch(plan.namedProcesses, threads: plan.filter.threads)
    let online = CPUList.online()
    for cpu in plan.filter.cpus where !online.contains(cpu) { throw .cpuNotOnline(cpu) }
    let sideBand = try Self.openSideBand(online)
    let openFiles = OpenFileLimit()
    let objects = ObjectTable(limit: openFiles.count / 2)
    let expected = Self.expectedFiles(of: plan.target, objects)
    let collectors = CollectorList(of: plan)
    let sizes = MapSizes(
      stacks: plan.stackCapacity(cpus: online.count), maximumDepth: plan.maximumDepth,
      rows: Self.rowCapacity(for: plan, Self.runningTargets(plan, targets, filter), objects),
      ticks: plan.tickCapacity(cpus: online.count), generations: plan.hasWindows ? 2 : 1)
    let bpf = try BPFObject(
      config: try plan.config(filter), sizes: sizes, programs: collectors.programs,
      kernelTypes: plan.kernelTypesPath)
    var command: ChildCommand?
    if case .command(let arguments) = plan.target {
      command = try ChildCommand(
        arguments, signalMask: signalMask, openFiles: openFiles.inherited)
    }
    let cpus = CPUWatch(filter: plan.filter.cpus)
    try collectors.open(cpus: cpus.sampled(of: online), bpf)
    try filter.fill(bpf.map(.threadFilter))
    var table = ProcessTable(objects: objects, scope: plan.scope(filter))
    try Self.addTargets(plan, targets, command, filter, to: bpf.map(.targets), &table)
    let unwinding = try UnwindingFollower(
      bpf, objects: objects, rowCapacity: sizes.rows, buildsAtOnce: !plan.isLazy)
    let processes = ProcessMonitor(table: table, objects: objects, followers: [unwinding])
    Self.queueExpectedTables(expected, table, isLazy: plan.isLazy, unwinding)
    unwinding.buildQueued()

    self.plan = plan
    self.objects = objects
    self.conditions = conditions
    priority = nil
    cgroups = plan.splitsCgroups ? CgroupNames(hierarchy: filter.cgroupHierarchy) : nil
    state = SamplingState(
      bpf: bpf, collectors: collectors, sideBand: sideBand, processes: processes,
      unwinding: unwinding,
      targets: targets, command: command, cpus: cpus,
      requests: RequestPoll(
        forTables: plan.isLazy, forProcesses: plan.reportsUnknownProcesses))
  }

  /// Begins to sample, after the plan's delay. It must be called once, before any window.
  ///
  /// - Parameter stop: A descriptor that becomes readable when sampling must end, such as one end
  ///   of a pipe; negative if there is none.
  /// - Returns: The reason if sampling ended during the delay; nil if it has begun.
  /// - Throws: ``SamplingError`` if the command could not be started or an event not be enabled.
  public mutating func start(stop: CInt) throws(SamplingError) -> SamplingEnd? {
    setupCPUSeconds = OwnCost.cpuSeconds()
    priority = RaisedPriority()
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
    Capability.dropAfterSetUp()
    state.schedule.samplingStart = windowStart.time
    state.schedule.samplingEnd = plan.duration.map { windowStart.time + $0 }
    return nil
  }

  /// Samples until the window or the plan's duration is over, the target has ended, or `stop` is
  /// readable, and returns what was sampled since the last window.
  ///
  /// The next window begins where this one ends: no sample is lost in between. If `end` of the
  /// window is not nil, this must not be called again.
  ///
  /// - Parameters:
  ///   - length: The length of the window in nanoseconds. Nil means up to the end of sampling;
  ///     other values need a plan with `hasWindows`.
  ///   - progress: Called about five times a second; nil for no reports.
  public mutating func nextWindow(
    of length: UInt64?, progress: ((SamplingProgress) -> Void)? = nil
  ) throws(SamplingError) -> SamplingWindow {
    precondition(isSampling, "sampling has not begun, or has ended")
    precondition(length == nil || plan.hasWindows, "the plan has one window only")
    let end = wait(until: length.map { windowStart.time + $0 }, progress: progress)
    return try closeWindow(end: end)
  }

  /// Ends sampling, and returns what was sampled since the last window; nil if sampling had ended
  /// already.
  public consuming func finish() throws(SamplingError) -> SamplingWindow? {
    guard isSampling else { return nil }
    return try closeWindow(end: .stopped)
  }

  /// Samples in one window until the plan's duration is over, the target has ended, or `stop` is
  /// readable. It does what `start`, `nextWindow` and `finish` do.
  ///
  /// - Parameters:
  ///   - stop: A descriptor as in `start(stop:)`; negative if there is none.
  ///   - progress: Called about five times a second; nil for no reports.
  public consuming func run(
    stop: CInt, progress: ((SamplingProgress) -> Void)?
  ) throws(SamplingError) -> SamplingResult {
    let early = try start(stop: stop)
    let end = early ?? wait(until: nil, progress: progress) ?? .stopped
    let window = try closeWindow(end: end)
    return SamplingResult(
      recording: window.recording, laws: window.laws, objects: objects.held, end: end,
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
    state.readRecords(all: end != nil)
    cgroups?.scan()
    let readout = try Readout(
      kernelWindow, of: state.bpf,
      Readout.Context(
        collectors: state.collectors, table: state.processes.table, cgroups: cgroups,
        splitsCPUs: plan.splitsCPUs, namesKernel: conditions.showsKernelAddresses,
        startedAt: start.time))
    var account = Account()
    account.cost = try mapCosts()
    account.cost.setupCPUSeconds = setupCPUSeconds
    account.cost.samplingCPUSeconds = windowStart.cpuSeconds - start.cpuSeconds
    account.samples.recordedValues = readout.totals
    for (collector, found) in zip(state.collectors.all, readout.found) {
      collector.report(kernelWindow, until: windowStart.time, found: found, to: &account)
    }
    let notes = notes(kernelWindow.counters)
    if end == nil { try kernelWindow.recycle(in: state.bpf) }
    return SamplingWindow(
      recording: Recording(
        session: session(from: start.timeOfDay, duration: windowStart.time - start.time),
        processes: readout.processes, objects: objects.objects, stacks: readout.stacks,
        samples: readout.samples, kernelSymbols: readout.kernelSymbols, account: account),
      laws: state.collectors.laws(of: account), end: end, notes: notes, endedAt: windowStart.time,
      cpuSecondsAtEnd: windowStart.cpuSeconds)
  }
}
