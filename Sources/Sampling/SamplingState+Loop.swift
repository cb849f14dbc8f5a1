// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import System

/// Why a run of the sampler's event loop ended.
enum LoopOutcome {
  /// The window is over, and sampling goes on.
  case windowOver
  /// Sampling is over, for this reason.
  case samplingOver(SamplingEnd)
}

/// Everything that a sampler waits for. A new source or timer is added to `makeLoop`, at the
/// position of its priority, and its work is a method below.
extension SamplingState {
  static func makeLoop() -> EventLoop<SamplingState, LoopOutcome> {
    var loop = EventLoop<SamplingState, LoopOutcome>()
    // Ends come first: nothing may delay them.
    loop.addTimer({ $0.schedule.samplingEnd }) { _, _ in .samplingOver(.durationOver) }
    loop.addTimer({ $0.schedule.windowEnd }) { _, _ in .windowOver }
    loop.addTimer({ $0.cpus.nextScan }) { state, now in
      state.scanCPUs(at: now)
      // The command's exit cannot be polled for if there was no descriptor left for it.
      return state.commandEnd()
    }
    loop.addTimer({ $0.requestDeadline }) { state, now in
      state.serveRequests(at: now)
      return nil
    }
    loop.addTimer({ $0.batching.pauseEnd }) { state, _ in
      state.batching.endPause()
      // In a storm this saves a poll for each read.
      if state.sideBand.hasUnread {
        state.readNewRecords()
      } else if state.sideBand.hasPending {
        state.readRecords()
      }
      return nil
    }
    loop.addTimer({ $0.batching.nextRead }) { state, _ in
      state.readRecords()
      return nil
    }
    loop.addTimer({ $0.processes.nextCatchUp }) { state, now in
      state.processes.catchUp(at: now)
      return nil
    }
    loop.addTimer({ $0.unwinding.finisher.nextAttempt }) { state, now in
      state.finishStacks(at: now)
      return nil
    }
    loop.addTimer({ $0.unwinding.nextPublication }) { state, now in
      state.unwinding.publishWaiting(at: now)
      return nil
    }
    loop.addTimer({ $0.schedule.progress == nil ? nil : $0.schedule.nextProgress }) { state, now in
      state.reportProgress(at: now)
      return nil
    }

    loop.addSource({ [$0.schedule.stopDescriptor] }) { _, _ in .samplingOver(.stopped) }
    loop.addSource({ [$0.unwinding.tables.descriptor] }) { state, _ in
      state.unwinding.takeBuilt()
      return nil
    }
    loop.addSource({ [$0.unwinding.finisher.descriptor] }) { state, _ in
      state.unwinding.finisher.takeCopies(at: monotonicNanoseconds())
      // Where tables are built when samples need them, these do.
      state.requests.backoff.reset()
      return nil
    }
    loop.addSource({ $0.batching.pauseEnd == nil ? $0.sideBand.descriptors : [] }) { state, _ in
      state.readNewRecords()
      return nil
    }
    loop.addSource({ $0.command.map { [$0.exitDescriptor] } ?? [] }) { state, _ in
      state.commandEnd()
    }
    loop.addSource({ $0.targets.descriptors }) { state, _ in
      state.targets.removeExited() ? .samplingOver(.targetExited) : nil
    }
    return loop
  }
}

extension SamplingState {
  /// Takes in CPUs that came online or went offline.
  private mutating func scanCPUs(at now: UInt64) {
    cpus.nextScan = now + CPUWatch.scanInterval
    let online = CPUList.online()
    if collectors.setCPUs(cpus.sampled(of: online), at: now) { cpus.changeCount += 1 }
    sideBand.setCPUs(online)
  }

  /// The end of sampling, if the command has ended; it is reaped then.
  private func commandEnd() -> LoopOutcome? {
    command?.reap().map { .samplingOver(.commandEnded(status: $0)) }
  }

  /// Nil while there can be no requests.
  private var requestDeadline: UInt64? {
    let mayCome =
      requests.forTables || requests.forProcesses || unwinding.tables.hasAbsentTables
    return mayCome ? requests.backoff.deadline : nil
  }

  /// Reads the requests of samples: for unwind tables of files, and for processes that have come to
  /// match the filter while they ran.
  private mutating func serveRequests(at now: UInt64) {
    requests.backoff.advance(at: now)
    if requests.forProcesses { processes.addRunning(takeReportedProcesses()) }
    // Held apart: Swift 6.3 with the thread sanitizer cannot compile the change of a part of a member.
    let follower = unwinding
    follower.tables.queueRequested(at: now)
  }

  private func takeReportedProcesses() -> [Int32] {
    // A failure leaves the entries there for the next poll.
    guard let reported = try? bpf.map(.unknownProcesses),
      let entries = try? reported.entries(key: UInt32(0), value: UInt8(0))
    else { return [] }
    for (pid, _) in entries { reported.delete(pid) }
    return entries.map { Int32(bitPattern: $0.key) }
  }

  /// Brings the table of processes up to date, and passes the changes to the followers.
  ///
  /// - Parameter all: also the records whose order is not yet certain.
  mutating func readRecords(all: Bool = false) {
    let start = nanoseconds(of: CLOCK_THREAD_CPUTIME_ID)
    processes.apply(sideBand.read(all: all, behind: processes.behind), areLast: all)
    let now = monotonicNanoseconds()
    batching.recordsWereRead(at: now, someAreHeldBack: sideBand.hasPending)
    priority?.recordsWereRead(
      in: nanoseconds(of: CLOCK_THREAD_CPUTIME_ID) - start, at: now)
    if processes.needsCompaction { compactProcesses() }
  }

  /// Finishes stacks for which tables are there now.
  private mutating func finishStacks(at now: UInt64) {
    // The records of what the processes had mapped.
    readRecords()
    let follower = unwinding
    follower.finisher.finish(in: processes.table, &follower.tables, at: now)
  }

  /// Reads records that have come, and begins a pause.
  private mutating func readNewRecords() {
    batching.beginPause(at: monotonicNanoseconds())
    readRecords()
    // New mappings: samples will soon request tables of new files.
    requests.backoff.reset()
  }

  private mutating func reportProgress(at now: UInt64) {
    schedule.nextProgress += WindowSchedule.progressInterval
    let counters = (try? bpf.counters()) ?? .init()
    schedule.progress?(
      SamplingProgress(
        elapsed: now - schedule.samplingStart, recorded: counters.recorded,
        lost: counters.totalLost))
  }
}
