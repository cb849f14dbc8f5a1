// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel
import Unwinding

/// What is known of the targets before the first sample.
extension Sampler {
  /// The files that a command will have mapped when it starts; none for other targets.
  static func expectedFiles(of target: Target, _ objects: ObjectTable) -> [ObjectIndex] {
    guard case .command(let arguments) = target else { return [] }
    return CommandFiles.mapped(by: ChildCommand.name(arguments)).compactMap(objects.expectedObject)
  }

  /// Room for the tables of what is known to be mapped, and for some more to come.
  static func rowCapacity(
    for plan: SamplingPlan, _ existing: @autoclosure () -> [Int32], _ objects: ObjectTable
  ) -> Int {
    if let tableBudget = plan.tableBudget {
      return max(1, tableBudget / MemoryLayout<UInt64>.stride)
    }
    // Everything on a busy machine has 7 M rows; only files that samples hit need any.
    if plan.isWholeMachine, plan.isLazy { return 7 << 20 }
    var table = ProcessTable(objects: objects, follows: .nobody)
    for pid in existing() { table.look(at: pid) }
    var rows = 1 << 18
    for index in objects.objects.indices {
      guard case .held(let file) = objects.held.state(of: index), let image = ElfImage(file) else {
        continue
      }
      rows += BuiltTable.estimatedSize(of: image)
    }
    // What will be started is not known yet: room for a very large compiler, or for several.
    if plan.namedProcesses.isEmpty, plan.filter.threads.isEmpty { rows += 3 << 20 }
    return min(rows, 16 << 20)
  }

  /// The processes that are wanted now.
  static func existing(
    _ plan: SamplingPlan, _ watch: borrowing TargetWatch, _ wanted: WantedThreads
  ) -> [Int32] {
    if plan.isWholeMachine, watch.processes.isEmpty {
      return ProcFile.processIDs().filter {
        wanted.mayHold($0, comm: ProcessStatus(pid: $0)?.comm ?? "")
      }
    }
    return plan.isWholeMachine || !plan.followsChildren
      ? watch.processes : descendants(of: watch.processes).sorted()
  }

  /// Makes the targets known to the program, then looks at what they have mapped.
  static func lookAtTargets(
    _ plan: SamplingPlan, _ watch: borrowing TargetWatch, _ command: ChildCommand?,
    _ wanted: WantedThreads, targets: BPFMap, _ table: inout ProcessTable
  ) throws(SamplingError) {
    if let command {
      var held = fb_target()
      held.held = 1
      try targets.update(UInt32(bitPattern: command.pid), held)
      table.expectExec(of: command.pid, comm: command.name)
      return
    }
    for pid in plan.namedProcesses { try targets.update(UInt32(bitPattern: pid), fb_target()) }
    // From here on the program follows forks by itself; those before are found in /proc.
    for pid in existing(plan, watch, wanted) {
      if !plan.isWholeMachine { try targets.updateIfNew(UInt32(bitPattern: pid), fb_target()) }
      table.look(at: pid)
    }
  }

  /// Asks for the tables of what will run from the first sample on: the files of a command, and where
  /// tables are built only as needed, those of the processes that run just now. Else what is mapped is
  /// asked for already.
  static func queueExpectedTables(
    _ expected: [ObjectIndex], _ table: ProcessTable, isLazy: Bool,
    _ tables: inout UnwindTables
  ) {
    for object in expected { tables.queue(object) }
    guard isLazy else { return }
    for pid in ProcFile.processIDs() where pid != getpid() {
      // A thread of the kernel has none.
      guard let mappings = table.entry(pid: pid, at: .max)?.process.mappings, !mappings.isEmpty,
        ProcessStatus(pid: pid)?.isRunning == true
      else { continue }
      for mapping in mappings { tables.queue(mapping.object) }
    }
  }
}
