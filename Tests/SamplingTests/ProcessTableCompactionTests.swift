// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

@testable import Sampling

/// What the table keeps of ended processes.
@Suite struct ProcessTableCompactionTests {
  private let pid = ProcessHistory.pid
  private let child = ProcessHistory.child

  /// An ended entry is kept if samples need its mappings.
  @Test(arguments: [(nil, false), ([], false), ([0x1500], true)] as [(Set<UInt64>?, Bool)])
  func entriesWithoutUseAreForgotten(addresses: Set<UInt64>?, isKept: Bool) throws {
    var records: [SideBandRecord] = []
    for index in 0..<20_000 {
      let pid = Int32(5_000_000 + index)
      let time = UInt64(2 * index)
      records.append(ProcessHistory.fork(pid, of: 1, at: time))
      records.append(ProcessHistory.exit(pid, at: time + 1))
    }
    records.append(ProcessHistory.fork(6_000_000, of: 1, at: 50_000))
    var table = TableFixture(records).table
    #expect(table.needsCompaction)
    let id = try #require(table.endedEntryID(pid: 5_000_010, at: 20))
    table.compact(keeping: addresses.map { [id: $0] } ?? [:])
    #expect(!table.needsCompaction)
    #expect(table.entry(pid: 5_000_010, at: 20)?.id == (isKept ? id : nil))
    #expect(table.entry(pid: 5_000_011, at: 22) == nil)
    // It runs, and may have samples yet.
    #expect(table.entry(pid: 6_000_000, at: 60_000) != nil)
    #expect(table.forgottenCount == 0)
  }

  /// A program that had threads, which may have other names, keeps its own name, but no mappings.
  @Test func aProgramThatHadThreadsKeepsItsName() throws {
    var fixture = TableFixture([
      ProcessHistory.exec("p", at: 10), ProcessHistory.map("/a.so", 0x1000, 0x2000, at: 11),
      ProcessHistory.fork(pid, of: pid, at: 12), ProcessHistory.exit(pid, at: 20),
    ])
    let id = try #require(fixture.table.endedEntryID(pid: pid, at: 15))
    fixture.table.compact(keeping: [id: []])
    #expect(fixture.table.entry(pid: pid, at: 15)?.process.comm == "p")
    #expect(fixture.paths(0x1000, at: 15).isEmpty)
  }

  /// A sample of a forgotten program has no entry: neither that of the next program with its process
  /// id, nor that of the one before.
  @Test(arguments: [false, true])
  func aForgottenProgramIsNotMistakenForAnother(hasPredecessor: Bool) throws {
    let before = [
      ProcessHistory.exec("before", at: 10), ProcessHistory.map("/a.so", 0x1000, 0x2000, at: 11),
    ]
    var table = TableFixture(
      (hasPredecessor ? before : []) + [
        ProcessHistory.exec("p", at: 20), ProcessHistory.exit(pid, at: 30),
        ProcessHistory.exec("next", at: 40),
      ]
    ).table
    var addresses: [Int: Set<UInt64>] = [try #require(table.endedEntryID(pid: pid, at: 25)): []]
    if hasPredecessor {
      addresses[try #require(table.endedEntryID(pid: pid, at: 15))] = [0x1500]
    }
    table.compact(keeping: addresses)
    #expect(table.entry(pid: pid, at: 15)?.process.comm == (hasPredecessor ? "before" : nil))
    #expect(table.entry(pid: pid, at: 25) == nil)
    #expect(table.entry(pid: pid, at: 45)?.process.comm == "next")
  }

  /// Mappings of an ended process are kept if an address will be looked up in them. All of them are
  /// if code without a file is hit: another one may be the file that has its names.
  @Test(
    arguments: [
      ([], []), ([0x1800], ["/a.so", "/b.so"]), ([0x2000], ["/a.so", "/b.so"]), ([0x4000], []),
      ([0x8800], ["//anon", "/a.so", "/b.so"]),
    ] as [(Set<UInt64>, [String])])
  func mappingsWithoutUseAreForgotten(addresses: Set<UInt64>, kept: [String]) throws {
    var fixture = TableFixture([
      ProcessHistory.exec("p", at: 10), ProcessHistory.map("/a.so", 0x1000, 0x2000, at: 11),
      ProcessHistory.map("/b.so", 0x1000, 0x2000, at: 12),
      ProcessHistory.map("//anon", 0x8000, 0x9000, at: 12),
      ProcessHistory.exec("q", pid: child, at: 13),
      ProcessHistory.map("/c.so", 0x1000, 0x2000, pid: child, at: 14),
      ProcessHistory.exit(pid, at: 20),
    ])
    let id = try #require(fixture.table.endedEntryID(pid: pid, at: 15))
    fixture.table.compact(keeping: [id: addresses])
    let path = { (object: ObjectIndex) in fixture.objects.objects[object].path }
    let mappings = fixture.table.entry(pid: pid, at: 15)?.process.mappings ?? []
    #expect(mappings.map { path($0.object) }.sorted() == kept)
    #expect(fixture.paths(pid: child, 0x1000, at: 15) == ["/c.so"])
    #expect(fixture.table.mappedObjects().map(path).sorted() == (kept + ["/c.so"]).sorted())
  }

  @Test func theNumberOfEntriesIsLimited() {
    var records: [SideBandRecord] = []
    for index in 0..<70_000 {
      let pid = Int32(5_000_000 + index)
      records.append(ProcessHistory.fork(pid, of: 1, at: UInt64(index)))
      records.append(ProcessHistory.exit(pid, at: UInt64(index)))
    }
    let table = TableFixture(records).table
    #expect(table.forgottenCount == 70_000 - 65_536)
    #expect(table.entry(pid: 5_000_000, at: .max) == nil)
    #expect(table.entry(pid: 5_069_999, at: .max) != nil)
  }
}
