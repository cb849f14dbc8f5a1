// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// How the table stays small: a busy machine forks thousands of processes a second.
extension ProcessTable {
  /// Limit of entries. Beyond it the oldest ended ones are dropped, whether samples refer to them or
  /// not.
  private static let capacity = 65_536
  /// Entries that must have been added since the last compaction before the next is worth its cost.
  private static let compactionInterval = 4096

  /// Whether `compact` is worth its cost.
  var needsCompaction: Bool {
    entries.count > countAfterCompaction
      + max(Self.compactionInterval, countAfterCompaction / 2)
  }

  /// The id of the entry that a sample belongs to, if that entry has ended and has not been compacted.
  func endedEntryID(pid: Int32, at time: UInt64) -> Int? {
    entryID(pid: pid, at: time).flatMap { entries[$0]?.hasEnded == true ? $0 : nil }
  }

  /// Forgets ended entries, except for what samples refer to. That is mostly nothing: a sample has the
  /// name of its program itself, and a frame its file.
  ///
  /// - Parameter addresses: the ended entries that have samples, each with the addresses that will be
  ///   looked up in its mappings.
  mutating func compact(keeping addresses: [Int: Set<UInt64>]) {
    for (id, entry) in entries {
      guard let end = entry.endedAt else { continue }
      // The program's own name is needed too where its threads may have other names.
      if let addresses = addresses[id], entry.mayHaveThreads || !addresses.isEmpty {
        endedPrograms.add(
          .init(id: id, pid: entry.process.pid, from: entry.from, until: end),
          comm: entry.process.comm,
          mappings: mappings(entry.ended + entry.live.all, covering: addresses))
      }
      forget(id)
    }
    countAfterCompaction = entries.count
  }

  /// The mappings that contain one of the addresses. All of them if one is code made at run time:
  /// another may be the file that has its names.
  private func mappings(_ mappings: [Mapping], covering addresses: Set<UInt64>) -> [Mapping] {
    let covering = mappings.filter { mapping in
      // A return address may lie directly behind the mapping that has its call.
      addresses.contains { mapping.start <= $0 && $0 <= mapping.end }
    }
    let hasRunTimeCode = covering.contains { objects.objects[$0.object].kind == .anonymous }
    return hasRunTimeCode ? mappings : covering
  }

  /// Objects that a process has mapped, or had mapped and that an address may be looked up in.
  func mappedObjects() -> Set<ObjectIndex> {
    entries.values.reduce(into: endedPrograms.mappedObjects()) { objects, entry in
      for mapping in entry.live.all { objects.insert(mapping.object) }
      for mapping in entry.ended { objects.insert(mapping.object) }
    }
  }

  /// Drops the oldest ended entries while there are more than `capacity`.
  mutating func forgetOldest() {
    while oldestID < nextID, entries.count > Self.capacity {
      if entries[oldestID]?.hasEnded == true {
        forget(oldestID)
        forgottenCount += 1
      }
      oldestID += 1
    }
  }

  private mutating func forget(_ id: Int) {
    guard let pid = entries.removeValue(forKey: id)?.process.pid else { return }
    byPID[pid]?.removeAll { $0 == id }
    if byPID[pid]?.isEmpty == true { byPID[pid] = nil }
  }
}
