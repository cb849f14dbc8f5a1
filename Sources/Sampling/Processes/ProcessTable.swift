// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel

/// Which program ran in which process when, with what mapped: built from a first look at /proc and
/// the kernel's records in the order of time.
///
/// A process that calls exec, or whose id is given to another, starts a new entry.
struct ProcessTable {
  /// Entries that are kept, the oldest ended ones going first: 6,000 forks a second must not grow
  /// without bound.
  private static let capacity = 65_536
  /// So many entries more, and those that ended go, unless something is still to be asked of them.
  private static let crowd = 4096

  struct Entry {
    /// Without its mappings.
    var process: RecordedProcess
    var live: LiveMappings
    var ended: [Mapping] = []
    var from: UInt64
    /// When /proc was read for it, 0 if it was not.
    var lookedAt: UInt64 = 0
    /// Unless it is known to have none but its first.
    var mayHaveThreads = true
    var hasLostMainThread = false
    /// The time, nil as long as it runs.
    var endedAt: UInt64?
    var hasEnded: Bool { endedAt != nil }
    /// Its process id was given to a process that is not followed.
    var isSomebodyElse = false

    /// Only addresses that no mapping was known for when they were sampled are looked up in what has
    /// ended: the newest are enough, however long a process goes on loading and unloading.
    mutating func remember(_ gone: [Mapping]) {
      ended += gone
      if ended.count > 2 * Self.remembered { ended.removeFirst(ended.count - Self.remembered) }
    }
    private static let remembered = 1024
  }

  /// What happened to entries, for whoever keeps something for each of them.
  enum Change {
    case started(entry: Int, pid: Int32, mappings: [Mapping])
    case forked(entry: Int, pid: Int32, parent: Int)
    case mapped(entry: Int, pid: Int32, LiveMappings.Change)
    case ended(entry: Int)
    /// No program runs under this id any more.
    case exited(pid: Int32)
  }

  private var changes: [Change] = []
  private var entries: [Int: Entry] = [:]
  private var nextID = 0
  private var oldestID = 0
  /// Entries of a process id, oldest first.
  private var byPID: [Int32: [Int]] = [:]
  /// Those of which samples still want to know something.
  private var past = PastPrograms()
  private(set) var forgotten = 0
  /// Entries that were left when they were last looked through.
  private var tidied = 0
  /// Processes whose mappings may not be read.
  private(set) var denied = 0
  private let objects: ObjectTable
  private let follows: Followed

  /// Which processes get an entry, besides those that are looked at.
  enum Followed {
    case nobody
    case children
    /// On the whole machine; by pid and name, asked at each exec.
    case all(where: (Int32, String) -> Bool)
  }

  init(objects: ObjectTable, follows: Followed) {
    self.objects = objects
    self.follows = follows
  }

  /// Takes in a process as /proc shows it now. False if it is gone.
  @discardableResult
  mutating func look(at pid: Int32, since time: UInt64 = 0) -> Bool {
    guard let status = ProcessStatus(pid: pid) else { return false }
    let mappings = mappings(of: pid, since: time)
    if mappings.isEmpty, errno == EACCES { denied += 1 }
    start(
      RecordedProcess(pid: pid, startTime: 0, comm: status.comm), LiveMappings(mappings), at: time)
    if let id = current(pid) {
      entries[id]?.lookedAt = monotonicNanoseconds()
      entries[id]?.mayHaveThreads = true
    }
    return true
  }

  /// None, with `errno`, if it is gone or may not be looked at.
  private func mappings(of pid: Int32, since time: UInt64) -> [Mapping] {
    ProcessMaps.executable(of: pid).map { line in
      let identity = FileIdentity(
        buildID: nil, deviceMajor: line.deviceMajor, deviceMinor: line.deviceMinor,
        inode: line.inode)
      return Mapping(
        start: line.start, end: line.end, fileOffset: line.fileOffset,
        object: objects.object(
          pid: pid, start: line.start, end: line.end, path: line.path, identity: identity),
        from: time)
    }
  }

  /// Whether it is known what runs under this id.
  func knows(_ pid: Int32) -> Bool { current(pid).map { entries[$0]?.hasEnded == false } ?? false }

  /// Takes in a process of which nothing matters before its exec.
  mutating func expectExec(of pid: Int32, comm: String) {
    start(RecordedProcess(pid: pid, startTime: 0, comm: comm), at: 0)
    // That it has nothing mapped must not be told: told late, it would be what a child inherits that
    // comes right after the exec.
    changes.removeLast()
  }

  /// Records were lost, maybe those of an exec or an exit: whatever has not mapped what is known of it is
  /// taken in anew, and so is what is not known; what is gone has ended.
  mutating func lookAgain(at time: UInt64) {
    var pids = byPID.keys.filter(knows)
    if case .all(let isWanted) = follows {
      pids += ProcFile.processIDs().filter {
        !knows($0) && isWanted($0, ProcessStatus(pid: $0)?.comm ?? "")
      }
    }
    for pid in pids {
      let mapped = LiveMappings(mappings(of: pid, since: time)).all
      if let id = current(pid), let known = entries[id]?.live.all, knows(pid),
        mapped.elementsEqual(known, by: LiveMappings.areSame),
        !mapped.isEmpty || ProcessStatus(pid: pid) != nil
      {
        entries[id]?.mayHaveThreads = true
      } else if !look(at: pid, since: time), let id = current(pid) {
        end(id, at: time)
        changes.append(.exited(pid: pid))
      }
    }
  }

  /// Records must come in the order of time.
  mutating func apply(_ record: SideBandRecord) {
    switch record.event {
    case .map(let mapping): map(mapping, at: record.time)
    case .comm(let pid, let threadID, let comm, let isExec):
      if isExec {
        exec(pid, comm, at: record.time)
      } else if pid == threadID, let id = current(pid) {
        entries[id]?.process.comm = comm
      }
    case .fork(let pid, let parent) where pid == parent:
      if let id = current(pid) { entries[id]?.mayHaveThreads = true }
    case .fork(let pid, let parent):
      fork(pid, from: parent, at: record.time)
    case .exit(let pid, let threadID):
      exit(pid, threadID: threadID, at: record.time)
    case .lost:
      break
    }
  }

  /// The entry that a sample belongs to, with whatever was mapped.
  func entry(pid: Int32, at time: UInt64) -> (id: Int, process: RecordedProcess)? {
    guard let id = entryID(pid: pid, at: time), let entry = entries[id] else {
      return past.program(pid: pid, at: time)
    }
    var process = entry.process
    process.mappings = entry.ended + entry.live.all
    return (id, process)
  }

  /// The same, if it has ended and `tidy` has not yet seen it.
  func endedEntryID(pid: Int32, at time: UInt64) -> Int? {
    entryID(pid: pid, at: time).flatMap { entries[$0]?.hasEnded == true ? $0 : nil }
  }

  private func entryID(pid: Int32, at time: UInt64) -> Int? {
    guard let ids = byPID[pid] else { return nil }
    return ids.last { entries[$0].map { $0.from <= time } ?? false }
  }

  /// Whether it pays to ask what the samples still want to know.
  var isCrowded: Bool { entries.count > tidied + max(Self.crowd, tidied / 2) }

  /// Forgets what has ended, but for what the samples still ask: mostly nothing, since a sample has the
  /// name of its program itself. There must not be other samples of what has ended.
  ///
  /// - Parameter asked: those that have samples, and the addresses that will be looked up in what
  ///   they had mapped.
  mutating func tidy(keeping asked: [Int: Set<UInt64>]) {
    for (id, entry) in entries {
      guard let end = entry.endedAt else { continue }
      // Threads have names of their own.
      if let addresses = asked[id], entry.mayHaveThreads || !addresses.isEmpty {
        let mappings = entry.ended + entry.live.all
        past.take(
          .init(id: id, pid: entry.process.pid, from: entry.from, until: end),
          comm: entry.process.comm, mappings: what(mappings, tellOf: addresses))
      }
      forget(id)
    }
    tidied = entries.count
  }

  /// Those of the mappings that say what is at some addresses. Of code that was made at run time all:
  /// one may be the file that has its names.
  private func what(_ mappings: [Mapping], tellOf addresses: Set<UInt64>) -> [Mapping] {
    let asked = mappings.filter { mapping in
      // A return address may be the first one behind its code.
      addresses.contains { mapping.start <= $0 && $0 <= mapping.end }
    }
    let isMadeAtRunTime = asked.contains { objects.objects[$0.object].kind == .anonymous }
    return isMadeAtRunTime ? mappings : asked
  }

  /// Whatever is mapped, or was and may be looked up.
  func mappedObjects() -> Set<ObjectIndex> {
    entries.values.reduce(into: past.mappedObjects()) { objects, entry in
      for mapping in entry.live.all { objects.insert(mapping.object) }
      for mapping in entry.ended { objects.insert(mapping.object) }
    }
  }

  /// What has changed since the last call.
  mutating func takeChanges() -> [Change] {
    defer { changes.removeAll() }
    return changes
  }

  private func current(_ pid: Int32) -> Int? { byPID[pid]?.last }

  private mutating func start(
    _ process: RecordedProcess, _ live: LiveMappings = LiveMappings([]), at time: UInt64,
    forkedFrom parent: Int? = nil
  ) {
    if let id = current(process.pid) { end(id, at: time) }
    let id = nextID
    nextID += 1
    // What exec and fork begin has one thread; time 0 is a look at what has been running.
    entries[id] = Entry(process: process, live: live, from: time, mayHaveThreads: time == 0)
    byPID[process.pid, default: []].append(id)
    if let parent {
      changes.append(.forked(entry: id, pid: process.pid, parent: parent))
    } else {
      changes.append(.started(entry: id, pid: process.pid, mappings: live.all))
    }
    if entries.count > Self.capacity { forgetOldest() }
  }

  private mutating func exec(_ pid: Int32, _ comm: String, at time: UInt64) {
    if case .all(let isWanted) = follows {
      guard isWanted(pid, comm) else {
        if let id = current(pid) { end(id, at: time) }
        return
      }
    } else {
      guard let id = current(pid), entries[id]?.isSomebodyElse == false else { return }
    }
    start(RecordedProcess(pid: pid, startTime: 0, comm: comm), at: time)
  }

  /// The process is over with its main thread, unless others go on; then with the last of them.
  private mutating func exit(_ pid: Int32, threadID: Int32, at time: UInt64) {
    guard let id = current(pid), entries[id]?.hasEnded == false,
      pid == threadID || entries[id]?.hasLostMainThread == true
    else { return }
    entries[id]?.hasLostMainThread = true
    // Threads that are a moment from their end count, too; their own exits are told of as well.
    if entries[id]?.mayHaveThreads == true, let status = ProcessStatus(pid: pid),
      status.threadCount > 1
    {
      return
    }
    end(id, at: time)
    changes.append(.exited(pid: pid))
  }

  private mutating func end(_ id: Int, at time: UInt64) {
    guard entries[id]?.hasEnded == false else { return }
    entries[id]?.endedAt = time
    changes.append(.ended(entry: id))
  }

  private mutating func fork(_ pid: Int32, from parent: Int32, at time: UInt64) {
    // Forked after we began to listen, but before the look at /proc, which has seen what became of
    // it. Taken for a successor, it would take the space of the one looked at away from itself.
    if let id = current(pid), entries[id]?.hasEnded == false, time < entries[id]?.lookedAt ?? 0 {
      return
    }
    guard let parentID = current(parent), let origin = entries[parentID], !origin.hasEnded else {
      // Of a parent that nobody wants, that has the id of one that has ended, or whose own start
      // was lost.
      if case .all(let isWanted) = follows, isWanted(pid, "") {
        start(RecordedProcess(pid: pid, startTime: 0, comm: ""), at: time)
      } else if let id = current(pid), entries[id]?.hasEnded == true {
        entries[id]?.isSomebodyElse = true
      }
      return
    }
    if case .nobody = follows { return }
    var child = origin.process
    child.pid = pid
    start(child, origin.live, at: time, forkedFrom: parentID)
  }

  private mutating func map(_ new: SideBandRecord.NewMapping, at time: UInt64) {
    guard let id = current(new.pid), entries[id]?.hasEnded == false else { return }
    let object = objects.object(
      pid: new.pid, start: new.start, end: new.end, path: new.path, identity: new.identity)
    let mapping = Mapping(
      start: new.start, end: new.end, fileOffset: new.fileOffset, object: object, from: time)
    if let change = entries[id]?.live.map(mapping) {
      entries[id]?.remember(change.gone)
      changes.append(.mapped(entry: id, pid: new.pid, change))
    }
  }

  private mutating func forgetOldest() {
    while oldestID < nextID, entries.count > Self.capacity {
      if entries[oldestID]?.hasEnded == true {
        forget(oldestID)
        forgotten += 1
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
