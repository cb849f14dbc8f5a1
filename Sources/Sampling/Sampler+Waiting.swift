// SPDX-License-Identifier: Apache-2.0

import CShims
import Glibc
import ObjectFiles
import ProfileModel

extension Sampler {
  /// Follows the targets until something ends the sampling. All times in nanoseconds.
  mutating func wait(
    from start: UInt64, for duration: UInt64?, stop: CInt, progress: ((SamplingProgress) -> Void)?
  ) -> SamplingEnd {
    var pause = Pause()
    var patience = Patience()
    let progressInterval: UInt64 = 200_000_000
    var ringsRestUntil: UInt64 = 0
    var nextProgress = start + progressInterval
    let second: UInt64 = 1_000_000_000
    var nextLookAtCPUs = start + second

    while true {
      let now = monotonicNanoseconds()
      if let duration, now - start >= duration { return .durationOver }
      if now >= nextLookAtCPUs {
        followCPUs(at: now)
        nextLookAtCPUs = now + second
      }
      var deadline = min(duration.map { start + $0 } ?? .max, nextLookAtCPUs)
      let rings = sideBand.descriptors
      // A file that a sample met for the first time gets its table now, and one whose table had to
      // make room gets it back.
      if plan.isLazy || plan.reportsStrangers || tables.hasUnbuilt {
        if plan.reportsStrangers { lookAtStrangers() }
        tables.queueWanted(at: now)
        deadline = min(deadline, now + patience.next())
      }
      if progress != nil { deadline = min(deadline, nextProgress) }
      if sideBand.hasPending { deadline = min(deadline, now + pause.length) }
      let ringsRest = now < ringsRestUntil
      if ringsRest { deadline = min(deadline, ringsRestUntil) }
      let exits = watch.descriptors + (command.map { [$0.exitDescriptor] } ?? [])
      let ready = Self.poll(
        [stop, tables.descriptor] + exits + (ringsRest ? [] : rings), until: deadline, now: now)

      if ready.contains(stop) { return .stopped }
      if ready.contains(tables.descriptor) { tables.takeBuilt() }
      let hasRecords = ready.contains(where: rings.contains)
      if hasRecords || sideBand.hasPending { follow() }
      if hasRecords {
        ringsRestUntil = pause.begin(at: monotonicNanoseconds())
        patience = Patience()
      }
      if let status = command?.reap() { return .commandEnded(status: status) }
      if ready.contains(where: exits.contains), watch.allHaveExited() { return .targetExited }
      if let progress, monotonicNanoseconds() >= nextProgress {
        progress(currentProgress(since: start))
        nextProgress += progressInterval
      }
    }
  }

  /// Between two looks at what samples have asked for. Nothing wakes us for it; but most is asked for
  /// soon after something new was mapped.
  private struct Patience {
    private var length: UInt64 = 500_000

    /// One, two, four milliseconds after a record, and at last 20 times a second.
    mutating func next() -> UInt64 {
      length = min(2 * length, 50_000_000)
      return length
    }
  }

  /// Between two looks at the records. Wake-ups come one a record; in a storm of forks a pause
  /// bundles them. But a program that has just started is cut short as long as its mappings are not
  /// told: what comes alone is not kept waiting.
  private struct Pause {
    private static let lengths: ClosedRange<UInt64> = 60_000...250_000
    private(set) var length = Pause.lengths.lowerBound
    private var end: UInt64 = 0

    /// Returns when it ends.
    mutating func begin(at now: UInt64) -> UInt64 {
      let isStorm = now < end + 2 * length
      length = isStorm ? min(2 * length, Self.lengths.upperBound) : Self.lengths.lowerBound
      end = now + length
      return end
    }
  }

  /// CPUs that came are sampled from now on, and those that went are left.
  private mutating func followCPUs(at time: UInt64) {
    let online = CPUList.online()
    let wanted = plan.filter.cpus.isEmpty ? online : online.filter(plan.filter.cpus.contains)
    if events.follow(wanted, at: time) { cpuChanges += 1 }
    // Without the records of a CPU there are fewer names.
    try? sideBand.follow(online)
  }

  /// Brings the table of processes up to date.
  mutating func follow(everything: Bool = false) {
    var lastLoss: UInt64?
    for record in sideBand.take(everything: everything) {
      table.apply(record)
      if case .lost(let count) = record.event {
        lostRecords += count
        lastLoss = record.time
      }
      for change in table.takeChanges() { spaces.apply(change, &tables) }
    }
    if let lastLoss {
      table.lookAgain(at: lastLoss)
      for change in table.takeChanges() { spaces.apply(change, &tables) }
    }
    if table.isCrowded { tidy() }
  }

  /// Takes in processes that became wanted while they ran: samples of them have come.
  private mutating func lookAtStrangers() {
    guard let strangers = try? object.map("strangers"),
      let reported = try? strangers.entries(key: UInt32(0), value: UInt8(0))
    else { return }
    for (key, _) in reported {
      strangers.delete(key)
      let pid = Int32(bitPattern: key)
      if !table.knows(pid) { table.look(at: pid) }
    }
    for change in table.takeChanges() { spaces.apply(change, &tables) }
  }

  private func currentProgress(since start: UInt64) -> SamplingProgress {
    let counted = (try? Readout.counters(of: object)) ?? .init()
    return SamplingProgress(
      elapsed: monotonicNanoseconds() - start, recorded: counted.recorded,
      lost: counted.lost.0 + counted.lost.1 + counted.lost.2 + counted.lost.3 + counted.lost.4)
  }

  /// The descriptors that have something to read, have closed, or have failed.
  private static func poll(_ descriptors: [CInt], until deadline: UInt64, now: UInt64) -> [CInt] {
    var waiting = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let left = min(deadline > now ? deadline - now : 0, 60_000_000_000)
    let count = fb_poll(&waiting, UInt(waiting.count), left)
    return count > 0 ? waiting.filter { $0.revents != 0 }.map(\.fd) : []
  }
}
