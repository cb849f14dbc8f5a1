// SPDX-License-Identifier: Apache-2.0

import CShims
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
  let events: SamplingEvents
  private let objects: ObjectTable
  var table: ProcessTable
  var tables: UnwindTables
  var spaces: AddressSpaces
  var lostRecords: UInt64 = 0
  let rateLimitAtStart: Int?
  /// The started command, to be reaped or ended by the caller.
  public let command: ChildCommand?

  /// - Parameter signalMask: the mask that a started command shall have.
  public init(_ plan: SamplingPlan, signalMask: sigset_t) throws(SamplingError) {
    let rateLimit = SampleRate.limit()
    try SampleRate.check(plan.frequencyHz)
    var named: [Int32] = []
    if case .processes(let pids) = plan.target { named = pids }
    let watch = try TargetWatch(named)
    let cpus = OnlineCPUs.read()
    let sideBand = try SideBand(cpus: cpus)
    let openFiles = OpenFileLimit()
    let objects = ObjectTable(limit: openFiles.count / 2)
    let sizes = MapSizes(
      stacks: plan.stackCapacity(cpus: cpus.count),
      rows: Self.rowCapacity(for: plan, named, objects))
    let object = try BPFObject(
      config: try plan.config(blocks: sizes.blocks), sizes: sizes,
      kernelTypes: plan.kernelTypesPath)
    var command: ChildCommand?
    if case .command(let arguments) = plan.target {
      command = try ChildCommand(
        arguments, signalMask: signalMask, openFiles: openFiles.inherited)
    }
    let events = try SamplingEvents(
      cpus: cpus, frequencyHz: plan.frequencyHz, program: object.samplingProgram)
    var table = ProcessTable(objects: objects, followsAll: plan.isWholeMachine)
    try Self.lookAtTargets(named, command, targets: object.map("targets"), &table)
    var tables = try UnwindTables(object, objects: objects, rowCapacity: sizes.rows)
    var spaces = try AddressSpaces(object, buildsAtOnce: !plan.isWholeMachine)
    for change in table.takeChanges() { spaces.apply(change, &tables) }
    if case .command(let arguments) = plan.target {
      for path in CommandFiles.mapped(by: arguments.first ?? "") {
        if let object = objects.expectedObject(at: path) { tables.queue(object) }
      }
    }
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
    let startedAt = nanoseconds(of: CLOCK_REALTIME)
    let start = monotonicNanoseconds()
    let priority = OwnPriority.raise()
    defer { OwnPriority.restore(priority) }
    try events.enable()
    try command?.release()
    let end = wait(from: start, stop: stop, progress: progress)
    events.disable()
    let stoppedAt = monotonicNanoseconds()
    let stopCPU = OwnCost.cpuSeconds()
    follow(everything: true)

    let readout = try Readout(object, table: table)
    var account = Account()
    account.samples.expected = expectedSamples(in: stoppedAt - start)
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
      objects: objects.held, end: end, notes: notes(readout), stoppedAt: stoppedAt,
      cpuSecondsAtStop: stopCPU)
  }

  /// Room for the tables of what is mapped now, and for some more to come.
  private static func rowCapacity(
    for plan: SamplingPlan, _ named: [Int32], _ objects: ObjectTable
  ) -> Int {
    if let tableBudget = plan.tableBudget {
      return max(1, tableBudget / MemoryLayout<UInt64>.stride)
    }
    // Everything on a busy machine has 7 M rows; only files that samples hit need any.
    if plan.isWholeMachine { return 8 << 20 }
    var table = ProcessTable(objects: objects, followsAll: false)
    for pid in descendants(of: named) { table.look(at: pid) }
    var rows = 1 << 19
    for index in objects.objects.indices {
      guard case .held(let file) = objects.held.state(of: index), let image = ElfImage(file) else {
        continue
      }
      rows += BuiltTable.estimatedSize(of: image)
    }
    // A command's files are not known yet: room for two large compilers.
    if case .command = plan.target { rows += 5 << 20 }
    return min(rows, 16 << 20)
  }

  /// Makes the targets known to the program, then looks at what they have mapped.
  private static func lookAtTargets(
    _ named: [Int32], _ command: ChildCommand?, targets: BPFMap, _ table: inout ProcessTable
  ) throws(SamplingError) {
    if let command {
      var held = fb_target()
      held.held = 1
      try targets.update(UInt32(bitPattern: command.pid), held)
      table.expectExec(of: command.pid, comm: command.name)
      return
    }
    for pid in named { try targets.update(UInt32(bitPattern: pid), fb_target()) }
    // From here on the program follows forks by itself; those before are found in /proc. With
    // nothing named, everything is a target.
    let existing = named.isEmpty ? Set(ProcFile.processIDs()) : descendants(of: named)
    for pid in existing.sorted() {
      if !named.isEmpty { try targets.updateIfNew(UInt32(bitPattern: pid), fb_target()) }
      table.look(at: pid)
    }
  }
}
