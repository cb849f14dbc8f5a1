// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel
import Unwinding

/// What sampling brought, with the files that names are found in.
public struct SamplingResult {
  public var recording: Recording
  public var objects: HeldObjects
  public var end: SamplingEnd
  public var notes: [SamplingNote]
  /// Of those that names need.
  public var missingCapabilities: [Capability]
  /// Monotonic nanoseconds and own CPU seconds when sampling ended.
  public var stoppedAt: UInt64
  public var cpuSecondsAtStop: Double
}

/// How far sampling has come.
public struct SamplingProgress: Sendable {
  public var elapsed: UInt64
  public var recorded: UInt64
  public var lost: UInt64
}

/// Samples one plan: everything is set up by `init`, then `run` samples.
///
/// The order is what keeps the mappings true: listen for changes, then start to follow forks, then
/// look at what exists, and only then sample.
public struct Sampler: ~Copyable {
  let plan: SamplingPlan
  var watch: TargetWatch
  var sideBand: SideBand
  let object: BPFObject
  var events: SamplingEvents
  let objects: ObjectTable
  var table: ProcessTable
  var tables: UnwindTables
  var spaces: AddressSpaces
  var lostRecords: UInt64 = 0
  /// From the start: later, most are given up.
  let missingCapabilities: [Capability]
  private let showsKernelAddresses: Bool
  /// Where samples are kept apart by cgroup.
  private var cgroups: CgroupNames?
  /// How often the set of online CPUs changed.
  var cpuChanges = 0
  let rateLimitAtStart: Int?
  /// The started command, to be reaped or ended by the caller.
  public let command: ChildCommand?

  /// - Parameter signalMask: the mask that a started command shall have.
  public init(_ plan: SamplingPlan, signalMask: sigset_t) throws(SamplingError) {
    let rateLimit = SampleRate.limit()
    try SampleRate.check(plan.rate)
    try ProcFile.checkNamespace()
    let wanted = try WantedThreads(plan.filter)
    let watch = try TargetWatch(plan.namedProcesses, threads: plan.filter.threads)
    let cpus = CPUList.online()
    for cpu in plan.filter.cpus where !cpus.contains(cpu) { throw .cpuNotOnline(cpu) }
    let sideBand = try SideBand(cpus: cpus)
    let openFiles = OpenFileLimit()
    let objects = ObjectTable(limit: openFiles.count / 2)
    let expected = Self.expectedFiles(of: plan.target, objects)
    let sizes = MapSizes(
      stacks: plan.stackCapacity(cpus: cpus.count), maximumDepth: plan.maximumDepth,
      rows: Self.rowCapacity(
        for: plan, Self.existing(plan, watch, wanted), objects),
      ticks: plan.tickCapacity(cpus: cpus.count))
    let object = try BPFObject(
      config: try plan.config(blocks: sizes.blocks, ticks: sizes.ticks, wanted), sizes: sizes,
      event: plan.event,
      kernelTypes: plan.kernelTypesPath)
    var command: ChildCommand?
    if case .command(let arguments) = plan.target {
      command = try ChildCommand(
        arguments, signalMask: signalMask, openFiles: openFiles.inherited)
    }
    let events = try SamplingEvents(
      plan.event, rate: plan.rate, cpus: plan.filter.cpus.isEmpty ? cpus : plan.filter.cpus,
      program: object.samplingProgram)
    var table = ProcessTable(objects: objects, follows: plan.followed(wanted))
    try wanted.tell(object.map("wanted"))
    try Self.lookAtTargets(plan, watch, command, wanted, targets: object.map("targets"), &table)
    var tables = try UnwindTables(object, objects: objects, rowCapacity: sizes.rows)
    var spaces = try AddressSpaces(object, buildsAtOnce: !plan.isLazy)
    for change in table.takeChanges() { spaces.apply(change, &tables) }
    Self.queueExpectedTables(
      expected, table, isLazy: plan.isLazy, &tables)
    while tables.isBuilding { tables.takeBuilt() }

    self.plan = plan
    self.watch = watch
    self.sideBand = sideBand
    self.object = object
    self.events = events
    self.objects = objects
    self.command = command
    self.table = table
    self.tables = tables
    self.spaces = spaces
    rateLimitAtStart = rateLimit
    missingCapabilities = Capability.missing(of: Capability.forNames)
    showsKernelAddresses = KernelSettings.showsKernelAddresses
    cgroups = plan.splitsCgroups ? CgroupNames(hierarchy: wanted.cgroupHierarchy) : nil
  }

  /// Samples until the duration is over, the target has exited, or `stop` becomes readable.
  ///
  /// - Parameters:
  ///   - stop: a descriptor to poll, such as the end of a pipe.
  ///   - progress: called about five times a second.
  public consuming func run(
    stop: CInt, progress: ((SamplingProgress) -> Void)?
  ) throws(SamplingError) -> SamplingResult {
    let setupCPU = OwnCost.cpuSeconds()
    let priority = OwnPriority.raise()
    defer { OwnPriority.restore(priority) }
    var end = SamplingEnd.durationOver
    if let delay = plan.delay {
      try command?.release()
      end = wait(from: monotonicNanoseconds(), for: delay, stop: stop, progress: nil)
    }
    let startedAt = nanoseconds(of: CLOCK_REALTIME)
    let start = monotonicNanoseconds()
    if end == .durationOver {
      try events.enable(at: start)
      if plan.delay == nil { try command?.release() }
      Capability.dropAfterSetUp()
      end = wait(from: start, for: plan.duration, stop: stop, progress: progress)
    }
    let stoppedAt = monotonicNanoseconds()
    events.disable(at: stoppedAt)
    let stopCPU = OwnCost.cpuSeconds()
    follow(everything: true)

    cgroups?.look()
    let readout = try Readout(
      object, table: table, cgroups: cgroups, splitsCPUs: plan.splitsCPUs,
      namesKernel: showsKernelAddresses, startedAt: start)
    var account = Account()
    account.samples.expected = expectedSamples()
    account.cost.setupCPUSeconds = setupCPU
    account.cost.samplingCPUSeconds = stopCPU - setupCPU
    account.cost.mapBytes = object.mapBytes()
    account.cost.tableBytes = UInt64(tables.space.used * MemoryLayout<UInt64>.stride)
    account.cost.tableBudgetBytes = UInt64(tables.space.capacity * MemoryLayout<UInt64>.stride)
    account.cost.tablesEvicted = UInt64(tables.evicted)
    if plan.isTrial { account.cost.trial = try UnwindingTrial(object) }
    return SamplingResult(
      recording: readout.recording(
        session: session(from: startedAt, duration: stoppedAt - start), objects: objects.objects,
        account: account),
      objects: objects.held, end: end, notes: notes(readout),
      missingCapabilities: missingCapabilities, stoppedAt: stoppedAt,
      cpuSecondsAtStop: stopCPU)
  }
}
