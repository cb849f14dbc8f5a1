// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The history of processes: which program ran in which process at what time, with what mapped.
///
/// It begins with a scan of `/proc` and goes on with the kernel's side-band records, in the order of
/// time. One program in one process is an *entry*: a process that calls exec, or whose id is given
/// to another process, starts a new entry. Times are nanoseconds of CLOCK_MONOTONIC; 0 is "before
/// sampling".
struct ProcessTable {
  struct Entry {
    /// Without its mappings.
    var process: RecordedProcess
    var live: LiveMappings
    /// Mappings that are gone, the oldest first; at most `2 * endedLimit`.
    private(set) var ended: [Mapping] = []
    var from: UInt64
    /// When `/proc` was read for it; 0 if it was not.
    var scannedAt: UInt64 = 0
    /// False if the process is known to have its first thread only.
    var mayHaveThreads = true
    var mainThreadHasEnded = false
    /// Nil while the program runs.
    var endedAt: UInt64?
    var hasEnded: Bool { endedAt != nil }
    /// Whether the process id was given to a process that is not followed.
    var pidWasReused = false

    init(process: RecordedProcess, live: LiveMappings, from: UInt64, mayHaveThreads: Bool) {
      self.process = process
      self.live = live
      self.from = from
      self.mayHaveThreads = mayHaveThreads
    }

    /// Keeps ended mappings, up to a limit: a process may load and unload libraries for ever. Only
    /// addresses that no mapping was known for at their time are looked up there, so that the
    /// newest ones suffice.
    mutating func keepEnded(_ mappings: [Mapping]) {
      ended += mappings
      if ended.count > 2 * Self.endedLimit { ended.removeFirst(ended.count - Self.endedLimit) }
    }
    private static let endedLimit = 1024
  }

  /// Which processes get an entry, besides those that are added by name.
  enum Scope {
    case namedOnly
    case children
    /// Every process for which the condition holds. It gets the process id and the name of the
    /// program, and is evaluated at each exec.
    case all(where: (Int32, String) -> Bool)
  }

  /// By id. Ids count up from 0 and are never reused.
  var entries: [Int: Entry] = [:]
  /// Ids of the entries of a process id, the oldest first.
  var byPID: [Int32: [Int]] = [:]
  var nextID = 0
  /// Programs that have ended and that samples refer to.
  var endedPrograms = EndedPrograms()
  /// Ended entries that were dropped because there were too many.
  var forgottenCount = 0
  /// Processes whose mappings could not be read for lack of a privilege.
  var deniedCount = 0
  /// Id of the oldest entry that may still be there.
  var oldestID = 0
  /// Entries that were left after the last compaction.
  var countAfterCompaction = 0
  var changes: [ProcessChange] = []
  let objects: ObjectTable
  let scope: Scope
  let proc: ProcReader

  init(objects: ObjectTable, scope: Scope, proc: ProcReader = .system) {
    self.objects = objects
    self.scope = scope
    self.proc = proc
  }

  /// Applies a record. Records must come in the order of time.
  mutating func apply(_ record: SideBandRecord) {
    switch record.event {
    case .map(let mapping): map(mapping, at: record.time)
    case .comm(let pid, let threadID, let comm, let isExec):
      if isExec {
        exec(pid, comm, at: record.time)
      } else if pid == threadID, let id = newestEntry(of: pid) {
        entries[id]?.process.comm = comm
      }
    case .fork(let pid, let parent) where pid == parent:
      if let id = newestEntry(of: pid) { entries[id]?.mayHaveThreads = true }
    case .fork(let pid, let parent):
      fork(pid, from: parent, at: record.time)
    case .exit(let pid, let threadID):
      exit(pid, threadID: threadID, at: record.time)
    case .lost:
      break
    }
  }

  /// Adds a process of which only what it does after its next exec matters.
  mutating func expectExec(of pid: Int32, comm: String) {
    start(RecordedProcess(pid: pid, startTime: 0, comm: comm), at: 0)
    // Followers must not learn of an entry without mappings: a child that is forked right after the
    // exec would inherit them.
    changes.removeLast()
  }

  /// Returns the changes since the last call, in their order.
  mutating func takeChanges() -> [ProcessChange] {
    defer { changes.removeAll() }
    return changes
  }

  /// Whether the table has a program that runs under this process id now.
  func isRunning(_ pid: Int32) -> Bool {
    newestEntry(of: pid).map { entries[$0]?.hasEnded == false } ?? false
  }

  /// The entry that a sample of a process at a time belongs to, with all mappings that it has or
  /// had; nil if there is none.
  func entry(pid: Int32, at time: UInt64) -> (id: Int, process: RecordedProcess)? {
    guard let id = entryID(pid: pid, at: time), let entry = entries[id] else {
      return endedPrograms.program(pid: pid, at: time)
    }
    var process = entry.process
    process.mappings = entry.ended + entry.live.all
    return (id, process)
  }

  func entryID(pid: Int32, at time: UInt64) -> Int? {
    guard let ids = byPID[pid] else { return nil }
    return ids.last { entries[$0].map { $0.from <= time } ?? false }
  }

  func newestEntry(of pid: Int32) -> Int? { byPID[pid]?.last }
}

// MARK: - Records

extension ProcessTable {
  mutating func start(
    _ process: RecordedProcess, _ live: LiveMappings = LiveMappings([]), at time: UInt64,
    forkedFrom parent: Int? = nil
  ) {
    if let id = newestEntry(of: process.pid) { end(id, at: time) }
    let id = nextID
    nextID += 1
    // What exec and fork start has one thread; time 0 is a process that was running before.
    entries[id] = Entry(process: process, live: live, from: time, mayHaveThreads: time == 0)
    byPID[process.pid, default: []].append(id)
    if let parent {
      changes.append(.forked(entry: id, pid: process.pid, parent: parent, time: time))
    } else {
      changes.append(.started(entry: id, pid: process.pid, mappings: live.all))
    }
    forgetOldest()
  }

  mutating func end(_ id: Int, at time: UInt64) {
    guard entries[id]?.hasEnded == false else { return }
    entries[id]?.endedAt = time
    changes.append(.ended(entry: id))
  }

  mutating func endProcess(_ id: Int, pid: Int32, at time: UInt64) {
    end(id, at: time)
    changes.append(.exited(pid: pid))
  }

  private mutating func exec(_ pid: Int32, _ comm: String, at time: UInt64) {
    if case .all(let matches) = scope {
      guard matches(pid, comm) else {
        if let id = newestEntry(of: pid) { end(id, at: time) }
        return
      }
    } else {
      guard let id = newestEntry(of: pid), entries[id]?.pidWasReused == false else { return }
    }
    start(RecordedProcess(pid: pid, startTime: 0, comm: comm), at: time)
  }

  /// A process ends with its main thread, or if other threads go on, with the last of them.
  private mutating func exit(_ pid: Int32, threadID: Int32, at time: UInt64) {
    guard let id = newestEntry(of: pid), entries[id]?.hasEnded == false,
      pid == threadID || entries[id]?.mainThreadHasEnded == true
    else { return }
    entries[id]?.mainThreadHasEnded = true
    // The count includes threads that are about to end; each of them has a record of its own.
    if entries[id]?.mayHaveThreads == true, let status = proc.status(pid), status.threadCount > 1 {
      return
    }
    endProcess(id, pid: pid, at: time)
  }

  private mutating func fork(_ pid: Int32, from parent: Int32, at time: UInt64) {
    // Forked after the rings were opened, but before the scan of `/proc`, which has seen the result.
    // As a successor it would take the space away from the entry that the scan has made.
    if let id = newestEntry(of: pid), entries[id]?.hasEnded == false,
      time < entries[id]?.scannedAt ?? 0
    {
      return
    }
    guard let parentID = newestEntry(of: parent), let origin = entries[parentID], !origin.hasEnded
    else {
      // The parent is not followed, or has the id of one that has ended, or its start was lost.
      if case .all(let matches) = scope, matches(pid, "") {
        start(RecordedProcess(pid: pid, startTime: 0, comm: ""), at: time)
      } else if let id = newestEntry(of: pid), entries[id]?.hasEnded == true {
        entries[id]?.pidWasReused = true
      }
      return
    }
    if case .namedOnly = scope { return }
    var child = origin.process
    child.pid = pid
    start(child, origin.live, at: time, forkedFrom: parentID)
  }

  /// The mapping of the file whose text a new mapping is a copy of; nil if it is none.
  ///
  /// - Parameter neighbours: The mappings that the process had in its range, or next to it.
  func copiedText(
    _ new: Mapping, in pid: Int32, beside neighbours: () -> [Mapping]
  ) -> Mapping? {
    guard objects.objects[new.object].kind == .anonymous else { return nil }
    return CopiedText(objects: objects, proc: proc).original(of: new, in: pid, beside: neighbours())
  }

  private mutating func map(_ new: SideBandRecord.NewMapping, at time: UInt64) {
    guard let id = newestEntry(of: new.pid), entries[id]?.hasEnded == false else { return }
    let object = objects.object(
      pid: new.pid, start: new.start, end: new.end, path: new.path, identity: new.identity,
      mappedAt: time)
    let mapped = Mapping(
      start: new.start, end: new.end, fileOffset: new.fileOffset, object: object, from: time,
      isWritable: new.isWritable)
    let original = copiedText(mapped, in: new.pid) { entries[id]?.live.touching(mapped) ?? [] }
    let mapping = original ?? mapped
    if let change = entries[id]?.live.map(mapping) {
      entries[id]?.keepEnded(change.removed)
      changes.append(.mapped(entry: id, pid: new.pid, change))
    }
  }
}
