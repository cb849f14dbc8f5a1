// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import Testing

@testable import Sampling

/// How mappings of one process replace each other.
@Suite struct LiveMappingsTests {
  private let pid = ProcessHistory.pid

  @Test func addressesAreReused() {
    let fixture = TableFixture([
      ProcessHistory.exec("p", at: 10), ProcessHistory.map("/a.so", 0x1000, 0x2000, at: 11),
      ProcessHistory.map("/b.so", 0x1000, 0x2000, at: 20),
    ])
    #expect(fixture.paths(0x1800, at: 15) == ["/a.so"])
    #expect(fixture.paths(0x1800, at: 20) == ["/b.so"])
  }

  @Test func mappingsThatAreCoveredInPart() throws {
    let fixture = TableFixture([
      ProcessHistory.exec("p", at: 10),
      ProcessHistory.map("/a.so", 0x1000, 0x5000, offset: 0x100, at: 11),
      ProcessHistory.map("/b.so", 0x2000, 0x3000, at: 20),
    ])
    #expect(fixture.paths(0x1800, at: 25) == ["/a.so"])
    #expect(fixture.paths(0x2800, at: 25) == ["/b.so"])
    #expect(fixture.paths(0x4800, at: 25) == ["/a.so"])
    let back = try #require(
      fixture.table.entry(pid: pid, at: 25)?.process.mappings.first { $0.start == 0x3000 })
    #expect(back.fileOffset == 0x2100)
  }

  @Test func theSameMappingTwiceIsOne() {
    let table = TableFixture([
      ProcessHistory.exec("p", at: 10), ProcessHistory.map("/a.so", 0x1000, 0x2000, at: 11),
      ProcessHistory.map("/a.so", 0x1000, 0x2000, at: 12),
    ]).table
    #expect(table.entry(pid: pid, at: 20)?.process.mappings.count == 1)
  }

  /// It may have been unmapped in between, so that the BPF program must learn that it is there.
  @Test func theSameMappingIsReportedAgain() {
    var table = TableFixture([
      ProcessHistory.exec("p", at: 10), ProcessHistory.map("/a.so", 0x1000, 0x2000, at: 11),
    ]).table
    _ = table.takeChanges()
    table.apply(ProcessHistory.map("/a.so", 0x1000, 0x2000, at: 12))
    let reported = table.takeChanges().compactMap { change in
      if case .mapped(_, _, let mapped) = change { mapped } else { nil }
    }
    #expect(reported.count == 1)
    #expect(reported.first?.isKnown == true)
    #expect(reported.first?.removed.isEmpty == true)
    #expect(reported.first?.added.first?.from == 12)
  }

  @Test func endedMappingsAreKeptUpToALimit() {
    let loads = (0..<5000).map {
      ProcessHistory.map("/\($0 % 2).so", 0x1000, 0x2000, at: UInt64(20 + $0))
    }
    let fixture = TableFixture([ProcessHistory.exec("p", at: 10)] + loads)
    let mappings = fixture.table.entry(pid: pid, at: 6000)?.process.mappings ?? []
    #expect((1000...2100).contains(mappings.count))
    #expect(fixture.paths(0x1800, at: 5000) == ["/0.so"])
  }
}
