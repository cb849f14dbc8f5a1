// SPDX-License-Identifier: Apache-2.0

import Glibc
import ProfileModel
import Testing

@testable import Sampling

/// Histories of processes that do not exist, so that nothing of this machine is looked at.
@Suite struct ProcessTableTests {
  private let pid: Int32 = 4_100_001
  private let child: Int32 = 4_100_002

  private func map(
    _ path: String, _ start: UInt64, _ end: UInt64, offset: UInt64 = 0, pid: Int32? = nil,
    at time: UInt64
  ) -> SideBandRecord {
    let identity = FileIdentity(
      buildID: BuildID(Array(path.utf8.prefix(20))), deviceMajor: 0, deviceMinor: 0, inode: 0)
    return SideBandRecord(
      time: time,
      event: .map(
        .init(
          pid: pid ?? self.pid, start: start, end: end, fileOffset: offset, identity: identity,
          path: path)))
  }

  private func exec(_ comm: String, pid: Int32? = nil, at time: UInt64) -> SideBandRecord {
    let pid = pid ?? self.pid
    return SideBandRecord(
      time: time, event: .comm(pid: pid, threadID: pid, comm: comm, isExec: true))
  }

  private func fork(_ pid: Int32, of parent: Int32, at time: UInt64) -> SideBandRecord {
    SideBandRecord(time: time, event: .fork(pid: pid, parent: parent))
  }

  /// The paths that are mapped at an address and a time.
  private func paths(
    _ table: ProcessTable, _ objects: ObjectTable, pid: Int32? = nil, _ address: UInt64,
    at time: UInt64
  ) -> [String] {
    let mappings = table.entry(pid: pid ?? self.pid, at: time)?.process.mappings ?? []
    return mappings.filter {
      $0.start <= address && address < $0.end && $0.from <= time && time < $0.until
    }.map { objects.objects[$0.object].path }
  }

  private func table(
    _ records: [SideBandRecord], follows: ProcessTable.Followed = .all { _, _ in true }
  ) -> (ProcessTable, ObjectTable) {
    let objects = ObjectTable(limit: 10)
    var table = ProcessTable(objects: objects, follows: follows)
    for record in records { table.apply(record) }
    return (table, objects)
  }

  /// Until its exec nothing is told of what it has mapped, and then all.
  @Test func beforeItsExecACommandHasNoSpace() {
    var table = ProcessTable(objects: ObjectTable(limit: 10), follows: .children)
    table.expectExec(of: pid, comm: "command")
    #expect(table.takeChanges().isEmpty)
    table.apply(exec("command", at: 10))
    #expect(table.takeChanges().contains { if case .started = $0 { true } else { false } })
  }

  /// Without children, those of a followed process are not followed.
  @Test func childrenAreFollowedOnlyIfTheyShallBe() {
    for (follows, isFollowed) in [(ProcessTable.Followed.nobody, false), (.children, true)] {
      let objects = ObjectTable(limit: 10)
      var table = ProcessTable(objects: objects, follows: follows)
      table.expectExec(of: pid, comm: "parent")
      table.apply(fork(child, of: pid, at: 20))
      #expect(table.knows(child) == isFollowed)
      #expect(table.knows(pid))
    }
  }

  /// On the whole machine a process is followed as long as what it runs is wanted.
  @Test func whoIsFollowedIsAskedAtEachExec() {
    let objects = ObjectTable(limit: 10)
    var table = ProcessTable(objects: objects, follows: .all { _, name in name == "wanted" })
    table.apply(exec("other", at: 10))
    #expect(!table.knows(pid))
    table.apply(exec("wanted", at: 20))
    #expect(table.knows(pid))
    table.apply(fork(child, of: pid, at: 30))
    #expect(table.knows(child))
    table.apply(exec("other", at: 40))
    #expect(!table.knows(pid) && table.knows(child))
  }

  @Test func execStartsAnew() {
    let (table, objects) = table([
      exec("old", at: 10), map("/old", 0x1000, 0x2000, at: 11),
      exec("new", at: 20), map("/new", 0x1000, 0x2000, at: 21),
    ])
    #expect(paths(table, objects, 0x1800, at: 15) == ["/old"])
    #expect(paths(table, objects, 0x1800, at: 25) == ["/new"])
    #expect(table.entry(pid: pid, at: 15)?.process.comm == "old")
    #expect(table.entry(pid: pid, at: 25)?.process.comm == "new")
  }

  /// An exec goes on under its process id: only an exit takes the id away.
  @Test func tellsExitsApartFromExecs() {
    let objects = ObjectTable(limit: 10)
    var table = ProcessTable(objects: objects, follows: .all { _, _ in true })
    for record in [exec("old", at: 10), exec("new", at: 20)] { table.apply(record) }
    let isExit = { (change: ProcessTable.Change) in
      if case .exited(let pid) = change { pid == self.pid } else { false }
    }
    #expect(!table.takeChanges().contains(where: isExit))
    table.apply(SideBandRecord(time: 30, event: .exit(pid: pid, threadID: pid)))
    #expect(table.takeChanges().contains(where: isExit))
    #expect(table.takeChanges().isEmpty)
  }

  /// This very process, which has many threads, as if its main thread had ended.
  @Test func aProcessOutlivesItsMainThread() throws {
    let own = getpid()
    let status = try #require(ProcessStatus(pid: own))
    #expect(status.threadCount > 1)
    let objects = ObjectTable(limit: 10)
    var table = ProcessTable(objects: objects, follows: .children)
    table.look(at: own)
    _ = table.takeChanges()
    for thread in [own + 1, own] {
      table.apply(SideBandRecord(time: 10, event: .exit(pid: own, threadID: thread)))
      #expect(table.takeChanges().isEmpty)
    }
  }

  /// This very process, as if it had been forked between the first record and the look at /proc.
  @Test func aForkBeforeTheLookIsNoNews() throws {
    let own = getpid()
    let objects = ObjectTable(limit: 10)
    var table = ProcessTable(objects: objects, follows: .all { _, _ in true })
    table.look(at: own)
    let mapped = try #require(table.entry(pid: own, at: 10)?.process.mappings)
    _ = table.takeChanges()
    table.apply(fork(own, of: pid, at: 5))
    #expect(table.takeChanges().isEmpty)
    #expect(table.entry(pid: own, at: 10)?.process.mappings == mapped)
    // One after it is: the process id has been given again.
    table.apply(fork(own, of: pid, at: .max))
    #expect(table.takeChanges().count == 2)
  }

  /// The records of an exec were lost: what the program had mapped before is not what it has now.
  @Test func afterALossEverythingIsLookedAtAnew() throws {
    let own = getpid()
    var (table, objects) = table([
      exec("before", pid: own, at: 1), map("/before", 0x1000, 0x2000, pid: own, at: 2),
    ])
    table.lookAgain(at: 10)
    #expect(paths(table, objects, pid: own, 0x1800, at: 5) == ["/before"])
    #expect(paths(table, objects, pid: own, 0x1800, at: 15) == [])
    let mapped = try #require(table.entry(pid: own, at: 15)?.process.mappings)
    #expect(mapped.count > 2)
    // Others that nobody has told of are known from now on, and what has not changed stays as it is.
    #expect(table.knows(1))
    _ = table.takeChanges()
    table.lookAgain(at: 20)
    #expect(table.entry(pid: own, at: 25)?.process.mappings == mapped)
  }

  /// Else each exit whose record is lost would leave a process for ever.
  @Test func whatIsGoneAfterALossHasEnded() {
    var (table, _) = table([exec("gone", at: 1)])
    table.lookAgain(at: 10)
    #expect(!table.knows(pid))
    #expect(table.entry(pid: pid, at: 5)?.process.comm == "gone")
  }

  @Test func childrenInheritWhatIsMapped() {
    let (table, objects) = table([
      exec("parent", at: 10), map("/parent", 0x1000, 0x2000, at: 11), fork(child, of: pid, at: 20),
      map("/later", 0x5000, 0x6000, at: 30),
    ])
    #expect(paths(table, objects, pid: child, 0x1800, at: 25) == ["/parent"])
    #expect(paths(table, objects, pid: child, 0x5800, at: 35) == [])
    #expect(table.entry(pid: child, at: 25)?.process.comm == "parent")
  }

  @Test func addressesAreReused() {
    let (table, objects) = table([
      exec("p", at: 10), map("/a.so", 0x1000, 0x2000, at: 11), map("/b.so", 0x1000, 0x2000, at: 20),
    ])
    #expect(paths(table, objects, 0x1800, at: 15) == ["/a.so"])
    #expect(paths(table, objects, 0x1800, at: 20) == ["/b.so"])
  }

  @Test func mappingsThatAreCoveredInPart() throws {
    let (table, objects) = table([
      exec("p", at: 10), map("/a.so", 0x1000, 0x5000, offset: 0x100, at: 11),
      map("/b.so", 0x2000, 0x3000, at: 20),
    ])
    #expect(paths(table, objects, 0x1800, at: 25) == ["/a.so"])
    #expect(paths(table, objects, 0x2800, at: 25) == ["/b.so"])
    #expect(paths(table, objects, 0x4800, at: 25) == ["/a.so"])
    let back = try #require(
      table.entry(pid: pid, at: 25)?.process.mappings.first { $0.start == 0x3000 })
    #expect(back.fileOffset == 0x2100)
  }

  @Test func theSameMappingToldTwiceIsOne() {
    let (table, _) = table([
      exec("p", at: 10), map("/a.so", 0x1000, 0x2000, at: 11), map("/a.so", 0x1000, 0x2000, at: 12),
    ])
    #expect(table.entry(pid: pid, at: 20)?.process.mappings.count == 1)
  }

  /// It may have been unmapped in between: then the program waits to hear that it is there again.
  @Test func theSameMappingIsToldAgain() {
    var (table, _) = table([exec("p", at: 10), map("/a.so", 0x1000, 0x2000, at: 11)])
    _ = table.takeChanges()
    table.apply(map("/a.so", 0x1000, 0x2000, at: 12))
    let told = table.takeChanges().compactMap { change in
      if case .mapped(_, _, let mapped) = change { mapped } else { nil }
    }
    #expect(told.count == 1)
    #expect(told.first?.isKnown == true)
    #expect(told.first?.gone.isEmpty == true)
    #expect(told.first?.added.first?.from == 12)
  }

  /// A stranger got the id of a child that has ended: what it forks is no child of ours.
  @Test func childrenOfAReusedIDAreStrangers() {
    let grandchild: Int32 = 4_100_003
    var table = ProcessTable(objects: ObjectTable(limit: 10), follows: .children)
    table.expectExec(of: pid, comm: "ours")
    for record in [
      exec("ours", at: 10), fork(child, of: pid, at: 20),
      SideBandRecord(time: 30, event: .exit(pid: child, threadID: child)),
      fork(grandchild, of: child, at: 40), exec("stranger", pid: grandchild, at: 50),
    ] {
      table.apply(record)
    }
    #expect(table.entry(pid: child, at: 60) != nil)
    #expect(table.entry(pid: grandchild, at: 60) == nil)
  }

  @Test func whatWasUnmappedIsNotRememberedForEver() {
    let loads = (0..<5000).map { map("/\($0 % 2).so", 0x1000, 0x2000, at: UInt64(20 + $0)) }
    let (table, objects) = table([exec("p", at: 10)] + loads)
    let mappings = table.entry(pid: pid, at: 6000)?.process.mappings ?? []
    #expect((1000...2100).contains(mappings.count))
    #expect(paths(table, objects, 0x1800, at: 5000) == ["/0.so"])
  }

  @Test func reusedProcessIDs() {
    let (table, _) = table([
      exec("first", at: 10), SideBandRecord(time: 20, event: .exit(pid: pid, threadID: pid)),
      fork(pid, of: child, at: 30), exec("second", at: 31),
    ])
    #expect(table.entry(pid: pid, at: 25)?.process.comm == "first")
    #expect(table.entry(pid: pid, at: 40)?.process.comm == "second")
  }

  /// The command's own fork, told of when it is expected already.
  @Test func aCommandIsForkedByAStranger() {
    var table = ProcessTable(objects: ObjectTable(limit: 10), follows: .children)
    table.expectExec(of: pid, comm: "sh")
    for record in [fork(pid, of: 4_100_009, at: 5), exec("p", at: 10)] { table.apply(record) }
    #expect(table.entry(pid: pid, at: 30)?.process.comm == "p")
  }

  /// An id that was a child's and is a stranger's by now.
  @Test func whoInheritsAnIDIsAStranger() {
    let objects = ObjectTable(limit: 10)
    var table = ProcessTable(objects: objects, follows: .children)
    table.expectExec(of: pid, comm: "p")
    for record in [
      exec("p", at: 10), fork(child, of: pid, at: 11),
      SideBandRecord(time: 12, event: .exit(pid: child, threadID: child)),
      fork(child, of: 4_100_009, at: 20), exec("stranger", pid: child, at: 21),
      map("/stranger", 0x1000, 0x2000, pid: child, at: 22),
    ] { table.apply(record) }
    #expect(table.entry(pid: child, at: 30)?.process.comm == "p")
    #expect(objects.objects.isEmpty)
  }

  @Test func strangersAreLeftAlone() {
    let (table, objects) = table(
      [exec("p", at: 10), map("/a.so", 0x1000, 0x2000, at: 11), fork(child, of: pid, at: 12)],
      follows: .children)
    #expect(table.entry(pid: pid, at: 20) == nil)
    #expect(table.entry(pid: child, at: 20) == nil)
    #expect(objects.objects.isEmpty)
  }

  /// Whether it is kept what has ended, by what its samples ask.
  @Test(arguments: [(nil, false), ([], false), ([0x1500], true)] as [(Set<UInt64>?, Bool)])
  func whatNobodyAsksForIsForgotten(asked: Set<UInt64>?, isKept: Bool) throws {
    var records: [SideBandRecord] = []
    for index in 0..<20_000 {
      let pid = Int32(5_000_000 + index)
      let time = UInt64(2 * index)
      records.append(fork(pid, of: 1, at: time))
      records.append(SideBandRecord(time: time + 1, event: .exit(pid: pid, threadID: pid)))
    }
    records.append(fork(6_000_000, of: 1, at: 50_000))
    var (table, _) = table(records)
    #expect(table.isCrowded)
    let id = try #require(table.endedEntryID(pid: 5_000_010, at: 20))
    table.tidy(keeping: asked.map { [id: $0] } ?? [:])
    #expect(!table.isCrowded)
    #expect(table.entry(pid: 5_000_010, at: 20)?.id == (isKept ? id : nil))
    #expect(table.entry(pid: 5_000_011, at: 22) == nil)
    // It may have samples yet.
    #expect(table.entry(pid: 6_000_000, at: 60_000) != nil)
    #expect(table.forgotten == 0)
  }

  /// A program whose threads may bear other names keeps its own, but not what it had mapped.
  @Test func aProgramThatHadThreadsKeepsItsName() throws {
    var (table, objects) = table([
      exec("p", at: 10), map("/a.so", 0x1000, 0x2000, at: 11), fork(pid, of: pid, at: 12),
      SideBandRecord(time: 20, event: .exit(pid: pid, threadID: pid)),
    ])
    table.tidy(keeping: [try #require(table.endedEntryID(pid: pid, at: 15)): []])
    #expect(table.entry(pid: pid, at: 15)?.process.comm == "p")
    #expect(paths(table, objects, 0x1000, at: 15).isEmpty)
  }

  /// A sample of what is forgotten belongs to nobody: not to the next one with its process id, nor to
  /// the one before that is kept.
  @Test(arguments: [false, true])
  func noOtherPassesForWhatIsForgotten(hasPredecessor: Bool) throws {
    let before = [exec("before", at: 10), map("/a.so", 0x1000, 0x2000, at: 11)]
    var (table, _) = table(
      (hasPredecessor ? before : []) + [
        exec("p", at: 20), SideBandRecord(time: 30, event: .exit(pid: pid, threadID: pid)),
        exec("next", at: 40),
      ])
    var asked: [Int: Set<UInt64>] = [try #require(table.endedEntryID(pid: pid, at: 25)): []]
    if hasPredecessor { asked[try #require(table.endedEntryID(pid: pid, at: 15))] = [0x1500] }
    table.tidy(keeping: asked)
    #expect(table.entry(pid: pid, at: 15)?.process.comm == (hasPredecessor ? "before" : nil))
    #expect(table.entry(pid: pid, at: 25) == nil)
    #expect(table.entry(pid: pid, at: 45)?.process.comm == "next")
  }

  /// What an ended process had mapped stays only where one of its samples will be looked up there; but
  /// all of it where code had no file, since one of the others may tell its names.
  @Test(
    arguments: [
      ([], []), ([0x1800], ["/a.so", "/b.so"]), ([0x2000], ["/a.so", "/b.so"]), ([0x4000], []),
      ([0x8800], ["//anon", "/a.so", "/b.so"]),
    ] as [(Set<UInt64>, [String])])
  func whatWasMappedIsForgotten(addresses: Set<UInt64>, kept: [String]) throws {
    var (table, objects) = table([
      exec("p", at: 10), map("/a.so", 0x1000, 0x2000, at: 11),
      map("/b.so", 0x1000, 0x2000, at: 12), map("//anon", 0x8000, 0x9000, at: 12),
      exec("q", pid: child, at: 13), map("/c.so", 0x1000, 0x2000, pid: child, at: 14),
      SideBandRecord(time: 20, event: .exit(pid: pid, threadID: pid)),
    ])
    table.tidy(keeping: [try #require(table.endedEntryID(pid: pid, at: 15)): addresses])
    let mappings = table.entry(pid: pid, at: 15)?.process.mappings ?? []
    #expect(mappings.map { objects.objects[$0.object].path }.sorted() == kept)
    #expect(paths(table, objects, pid: child, 0x1000, at: 15) == ["/c.so"])
    let mapped = table.mappedObjects().map { objects.objects[$0].path }
    #expect(mapped.sorted() == (kept + ["/c.so"]).sorted())
  }

  /// This very process, whose threads were told of, and not: only then is /proc asked.
  @Test(arguments: [false, true])
  func threadsAreRemembered(areTold: Bool) throws {
    let own = getpid()
    #expect(try #require(ProcessStatus(pid: own)).threadCount > 1)
    let thread = areTold ? [fork(own, of: own, at: 6)] : []
    var (table, _) = table([fork(own, of: 1, at: 5)] + thread)
    _ = table.takeChanges()
    table.apply(SideBandRecord(time: 10, event: .exit(pid: own, threadID: own)))
    #expect(table.takeChanges().isEmpty == areTold)
  }

  @Test func endedProcessesAreForgottenBeforeMemoryIs() {
    var records: [SideBandRecord] = []
    for index in 0..<70_000 {
      let pid = Int32(5_000_000 + index)
      records.append(fork(pid, of: 1, at: UInt64(index)))
      records.append(SideBandRecord(time: UInt64(index), event: .exit(pid: pid, threadID: pid)))
    }
    let (table, _) = table(records)
    #expect(table.forgotten == 70_000 - 65_536)
    #expect(table.entry(pid: 5_000_000, at: .max) == nil)
    #expect(table.entry(pid: 5_069_999, at: .max) != nil)
  }
}
