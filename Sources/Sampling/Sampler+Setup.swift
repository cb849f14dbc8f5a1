// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import System
import Unwinding

/// The steps of the set-up that concern the targets.
extension Sampler {
  /// Opens the rings of side-band records. If only named targets are followed, `recordTargets` begins
  /// the records, else they begin at once.
  static func openSideBand(
    _ plan: SamplingPlan, _ cpus: [CInt]
  ) throws(SamplingError) -> SideBand {
    var sideBand = SideBand()
    if plan.followsNamedOnly { sideBand.openEmpty(cpus) } else { sideBand.setCPUs(cpus) }
    if let error = sideBand.refused.values.first {
      throw .ofStep(error, feature: .perfEvents)
    }
    return sideBand
  }

  /// Begins the records of the targets, if only named ones are followed.
  static func recordTargets(
    _ plan: SamplingPlan, _ targets: borrowing TargetWatch, _ command: ChildCommand?,
    eventLimit: Int, in sideBand: inout SideBand
  ) throws(SamplingError) {
    guard plan.followsNamedOnly else { return }
    let named = targets.processes
    sideBand.recordOnly(
      children: plan.followsChildren && !plan.isWholeMachine, eventLimit: eventLimit
    ) {
      let processes =
        command.map { [$0.pid] }
        ?? (plan.isWholeMachine || !plan.followsChildren ? named : descendants(of: named).sorted())
      return processes.flatMap { ProcessThreads(of: $0) }
    }
    if let error = sideBand.refused.values.first {
      throw .ofStep(error, feature: .perfEvents)
    }
  }

  /// The files that a command will have mapped when it starts; none for other targets.
  static func expectedFiles(of target: Target, _ objects: ObjectTable) -> [ObjectIndex] {
    guard case .command(let arguments) = target else { return [] }
    return CommandFiles.mapped(by: ChildCommand.name(arguments)).compactMap(objects.expectedObject)
  }

  /// Words of 64 bits for unwind tables: enough for those of all files that the targets have mapped,
  /// and for some more.
  ///
  /// - Parameter running: the targets that run now.
  static func rowCapacity(
    for plan: SamplingPlan, _ running: @autoclosure () -> [Int32], _ objects: ObjectTable
  ) -> Int {
    if let tableBudget = plan.tableBudget {
      return max(1, tableBudget / MemoryLayout<UInt64>.stride)
    }
    // All files of a busy machine have 7 million rows, and only those that samples hit need a table.
    if plan.isWholeMachine, plan.isLazy { return 7 << 20 }
    var table = ProcessTable(objects: objects, scope: .namedOnly)
    for pid in running() { table.addRunning(pid) }
    var rows = 1 << 18
    for index in objects.objects.indices {
      guard case .held(let file) = objects.held.state(of: index), let image = ElfImage(file) else {
        continue
      }
      rows += BuiltTable.estimatedSize(of: image)
    }
    // It is not known yet what will be started: capacity for several programs, or a very large one.
    if plan.namedProcesses.isEmpty, plan.filter.threads.isEmpty { rows += 3 << 20 }
    return min(rows, 16 << 20)
  }

  /// The targets that run now.
  static func runningTargets(
    _ plan: SamplingPlan, _ targets: borrowing TargetWatch, _ filter: ThreadFilter
  ) -> [Int32] {
    if plan.isWholeMachine, targets.processes.isEmpty {
      return ProcFile.processIDs().filter {
        filter.mayMatch($0, comm: ProcessStatus(pid: $0)?.comm ?? "")
      }
    }
    return plan.isWholeMachine || !plan.followsChildren
      ? targets.processes : descendants(of: targets.processes).sorted()
  }

  /// Enters the targets in the BPF map, which follows their forks from then on, and adds those that run
  /// to the table of processes.
  static func addTargets(
    _ plan: SamplingPlan, _ targets: borrowing TargetWatch, _ command: ChildCommand?,
    _ filter: ThreadFilter, to map: BPFMap, _ table: inout ProcessTable
  ) throws(SamplingError) {
    if let command {
      var held = fb_target()
      held.held = 1
      try map.update(UInt32(bitPattern: command.pid), held)
      table.expectExec(of: command.pid, comm: command.name)
      return
    }
    for pid in plan.namedProcesses { try map.update(UInt32(bitPattern: pid), fb_target()) }
    // Children that were forked before the map had their parents are found in `/proc`.
    for pid in runningTargets(plan, targets, filter) {
      if !plan.isWholeMachine { try map.updateIfNew(UInt32(bitPattern: pid), fb_target()) }
      table.addRunning(pid)
    }
  }

  /// Queues the tables of what will run at the first sample: of the files of a command, and if tables
  /// are built only when needed, of the processes that are on a CPU now. Otherwise those of all that
  /// is mapped are queued already.
  static func queueExpectedTables(
    _ expected: [ObjectIndex], _ table: ProcessTable, isLazy: Bool,
    _ unwinding: UnwindingFollower
  ) {
    for object in expected { unwinding.tables.queue(object) }
    guard isLazy else { return }
    for pid in ProcFile.processIDs() where pid != getpid() {
      // Threads of the kernel have no mappings.
      guard let mappings = table.entry(pid: pid, at: .max)?.process.mappings, !mappings.isEmpty,
        let status = ProcessStatus(pid: pid),
        // Without its main thread, a process has others that run.
        status.isRunning || status.threadHasEnded
      else { continue }
      for mapping in mappings { unwinding.tables.queue(mapping.object) }
    }
  }
}
