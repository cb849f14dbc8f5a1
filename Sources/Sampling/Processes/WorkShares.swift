// SPDX-License-Identifier: Apache-2.0

/// How much time of the event loop each process has caused by what it maps, and which processes have
/// caused more than their share.
///
/// One process can map code faster than its records can be followed, and the records of all others
/// would wait for it. Its share is a fifth of a second at once, which a program with a thousand
/// libraries does not need, and a twentieth of a core from then on. A process that has caused more is
/// *behind*: its mappings are left out, and are read from `/proc` in one go once half of what it had at
/// once is free again. Times are in nanoseconds.
struct WorkShares {
  /// What a process may cause at once.
  static let atOnce: UInt64 = 200_000_000
  /// What it may cause in the long run: this part of the time.
  static let part: UInt64 = 20

  private struct Use {
    /// Work that is not paid off yet at `time`.
    var debt: UInt64
    var time: UInt64

    func debt(at now: UInt64) -> UInt64 {
      let paid = (max(now, time) - time) / WorkShares.part
      return debt > paid ? debt - paid : 0
    }

    /// When a process that is behind may be caught up with.
    var due: UInt64 { time + part * (max(debt, atOnce / 2) - atOnce / 2) }
  }

  private var uses: [Int32: Use] = [:]
  /// Number of entries in `uses` from which on those without a debt are removed.
  private var purgeCount = WorkShares.smallestPurge
  private static let smallestPurge = 4096
  /// The processes that are behind.
  private(set) var behind: Set<Int32> = []
  /// When the next process may be caught up with, at the earliest; nil if none is behind.
  private(set) var nextDue: UInt64?

  /// Adds work that a process has caused.
  mutating func charge(_ pid: Int32, _ cost: UInt64, at now: UInt64) {
    let use = Use(debt: (uses[pid]?.debt(at: now) ?? 0) + cost, time: now)
    uses[pid] = use
    if use.debt > Self.atOnce { fallBehind(pid, use) }
    if uses.count > purgeCount { purge(at: now) }
  }

  /// A child has used what its parent has: else a process could go on in a child.
  mutating func inherit(_ child: Int32, from parent: Int32) {
    uses[child] = uses[parent]
    behind.remove(child)
    if let use = uses[child], behind.contains(parent) { fallBehind(child, use) }
  }

  mutating func forget(_ pid: Int32) {
    uses[pid] = nil
    if behind.remove(pid) != nil, behind.isEmpty { nextDue = nil }
  }

  /// A process that may be caught up with now, and is not behind any more; nil if there is none.
  mutating func takeDue(at now: UInt64) -> Int32? {
    guard let due = nextDue, due <= now else { return nil }
    let first = behind.min { dueTime(of: $0) < dueTime(of: $1) }
    guard let first, dueTime(of: first) <= now else {
      nextDue = first.map(dueTime)
      return nil
    }
    behind.remove(first)
    nextDue = behind.map(dueTime).min()
    return first
  }

  private mutating func fallBehind(_ pid: Int32, _ use: Use) {
    behind.insert(pid)
    nextDue = min(nextDue ?? .max, use.due)
  }

  private func dueTime(of pid: Int32) -> UInt64 { uses[pid]?.due ?? 0 }

  private mutating func purge(at now: UInt64) {
    uses = uses.filter { behind.contains($0.key) || $0.value.debt(at: now) > 0 }
    purgeCount = max(Self.smallestPurge, 2 * uses.count)
  }
}
