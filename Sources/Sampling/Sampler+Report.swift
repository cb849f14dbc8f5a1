// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel

/// What a result says about the run as a whole.
extension Sampler {
  borrowing func session(from startedAt: UInt64, duration: UInt64) -> Session {
    var session = Session(
      target: targetName(), host: Self.hostName(), event: plan.event.name, frequencyHz: 0,
      cpus: events.count, startedAt: Int64(startedAt), duration: duration)
    if case .period(let period) = plan.rate { session.period = period }
    if plan.event.isClock {
      session.frequencyHz = max(1, Int(plan.rate.clockHertz.rounded()))
    } else {
      session.countName = plan.event.name
    }
    return session
  }

  /// A perfect machine's samples: rate × the time of all CPUs. 0 where nobody can tell.
  borrowing func expectedSamples() -> UInt64 {
    guard plan.event.countsAlways else { return 0 }
    return UInt64((plan.rate.clockHertz * Double(events.cpuNanoseconds) / 1e9).rounded())
  }

  borrowing func notes(_ readout: Readout) -> [SamplingNote] {
    var notes: [SamplingNote] = []
    if lostRecords > 0 { notes.append(.sideBandRecordsLost(lostRecords)) }
    if readout.forksMissed > 0 { notes.append(.forksMissed(readout.forksMissed)) }
    if spaces.untold > 0 { notes.append(.mappingsUntold(spaces.untold)) }
    if table.forgotten > 0 { notes.append(.processesForgotten(table.forgotten)) }
    if readout.collisions > 0 { notes.append(.stackIDCollisions(readout.collisions)) }
    let absences = objects.objects.indices.compactMap { index -> AbsenceReason? in
      if case .absent(let reason)? = objects.held.state(of: index) { reason } else { nil }
    }
    func count(_ reason: AbsenceReason) -> Int { absences.count { $0 == reason } }
    let lacks = missingCapabilities.contains
    if count(.denied) > 0, lacks(.sysPtrace) || lacks(.dacReadSearch) {
      notes.append(.filesDenied(count(.denied)))
    }
    if count(.deleted) > 0, lacks(.checkpointRestore) {
      notes.append(.deletedFilesOutOfReach(count(.deleted)))
    }
    if table.denied > 0, lacks(.sysPtrace) { notes.append(.processesDenied(table.denied)) }
    if cpuChanges > 0 { notes.append(.cpusChanged(cpuChanges)) }
    if !events.refused.isEmpty { notes.append(.cpusRefused(events.refused.count)) }
    if let before = rateLimitAtStart, let after = SampleRate.limit(), after < before {
      notes.append(.sampleRateLowered(from: before, to: after))
    }
    return notes
  }

  /// Never more than the first word of a command: arguments may hold secrets.
  private borrowing func targetName() -> String {
    let filter = plan.filter.description
    if filter.isEmpty { return nameOfWhole() }
    return plan.isWholeMachine ? filter : "\(nameOfWhole()): \(filter)"
  }

  private borrowing func nameOfWhole() -> String {
    switch plan.target {
    case .wholeMachine: return "the whole machine"
    case .command(let words):
      return ChildCommand.name(words).split(separator: "/").last.map(String.init) ?? ""
    case .processes(let pids):
      let named = pids.map { pid in
        guard let comm = table.entry(pid: pid, at: .max)?.process.comm else { return "\(pid)" }
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
