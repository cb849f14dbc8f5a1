// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel

/// What a window says about the sampling as a whole.
extension Sampler {
  /// - Parameters:
  ///   - startedAt: start of the window, in nanoseconds since 1970-01-01 UTC.
  ///   - duration: of the window, in nanoseconds.
  borrowing func session(from startedAt: UInt64, duration: UInt64) -> Session {
    Session(
      target: targetName(), host: Self.hostName(), metrics: state.collectors.metrics,
      cpus: state.collectors.cpuCount, startedAt: Int64(startedAt), duration: duration)
  }

  /// What the BPF maps and the unwind tables take, and in a trial, how long walks took.
  borrowing func mapCosts() throws(SamplingError) -> CostAccount {
    let tables = state.unwinding
    var cost = CostAccount()
    cost.mapBytes = state.bpf.mapBytes()
    cost.tableBytes = UInt64(tables.tables.rowSpace.used * MemoryLayout<UInt64>.stride)
    cost.tableBudgetBytes = UInt64(tables.tables.rowSpace.capacity * MemoryLayout<UInt64>.stride)
    cost.tablesEvicted = UInt64(tables.tables.evictedCount)
    cost.sideBandRecords = state.sideBand.readCount
    if plan.isTrial { cost.trial = try UnwindingTrial(state.bpf) }
    return cost
  }

  /// - Parameter counters: those of the window.
  borrowing func notes(_ counters: fb_counters) -> [SamplingNote] {
    var notes: [SamplingNote] = []
    let table = state.processes.table
    func add(_ count: Int, _ note: (Int) -> SamplingNote) {
      if count > 0 { notes.append(note(count)) }
    }
    if state.processes.lostRecords > 0 {
      notes.append(.sideBandRecordsLost(state.processes.lostRecords))
    }
    let leftOut = state.sideBand.leftOutCount + state.processes.leftOutCount
    if leftOut > 0 { notes.append(.mappingsLeftOut(leftOut)) }
    if counters.forks_missed > 0 { notes.append(.forksMissed(counters.forks_missed)) }
    add(state.unwinding.unpublishedCount, SamplingNote.mappingsNotPublished)
    if counters.names_kept > 0 {
      notes.append(.threadNamesKept(counters.names_kept, limit: Int(FB_THREAD_NAMES)))
    }
    add(objects.leftOutCount, SamplingNote.filesLeftOut)
    add(table.forgottenCount, SamplingNote.processesForgotten)
    if counters.collisions > 0 { notes.append(.stackIDCollisions(counters.collisions)) }
    let lacks = missingCapabilities.contains
    if lacks(.sysPtrace) || lacks(.dacReadSearch) {
      add(absentFiles(.denied), SamplingNote.filesDenied)
    }
    if lacks(.checkpointRestore) {
      add(absentFiles(.deleted), SamplingNote.deletedFilesOutOfReach)
    }
    if lacks(.sysPtrace) { add(table.deniedCount, SamplingNote.processesDenied) }
    add(state.cpus.changeCount, SamplingNote.cpusChanged)
    add(state.collectors.refusedCPUs.count, SamplingNote.cpusRefused)
    add(state.sideBand.refused.count, SamplingNote.cpuRecordsRefused)
    if let before = conditions.rateLimit, let after = SampleRate.limit(), after < before {
      notes.append(.sampleRateLowered(from: before, to: after))
    }
    return notes
  }

  private borrowing func absentFiles(_ reason: AbsenceReason) -> Int {
    objects.objects.indices.count { index in
      if case .absent(reason)? = objects.held.state(of: index) { true } else { false }
    }
  }

  /// Names the target. Of a command only its first word: arguments may hold secrets.
  private borrowing func targetName() -> String {
    let filter = plan.filter.description
    if filter.isEmpty { return unfilteredTargetName() }
    return plan.isWholeMachine ? filter : "\(unfilteredTargetName()): \(filter)"
  }

  private borrowing func unfilteredTargetName() -> String {
    switch plan.target {
    case .wholeMachine: return "the whole machine"
    case .command(let words):
      return ChildCommand.name(words).split(separator: "/").last.map(String.init) ?? ""
    case .processes(let pids):
      let named = pids.map { pid in
        guard let comm = state.processes.table.entry(pid: pid, at: .max)?.process.comm else {
          return "\(pid)"
        }
        return "\(pid) (\(comm))"
      }
      return (pids.count == 1 ? "PID " : "PIDs ") + named.joined(separator: ", ")
    }
  }

  private static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
