// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

/// The tables of the "processed profile" as its loader takes them for granted.
struct FirefoxWriterTests {
  private let profiles = [
    serverProfile(), timedServerProfile(), hostileProfile(), realisticProfile(stacks: 200),
  ]

  private func written(_ profile: Profile) throws -> JSONValue {
    try JSONValue(FirefoxWriter().bytes(of: profile))
  }

  private func numbers(_ table: JSONValue?, _ column: String) throws -> [Int?] {
    try #require(table?[column]?.array).map { $0.double.map { Int($0) } }
  }

  /// Keys of each table; all but `length` are columns of as many rows.
  private static let tables = [
    "stackTable": ["prefixOffset", "frame"],
    "frameTable": [
      "address", "inlineDepth", "category", "subcategory", "func", "nativeSymbol",
      "innerWindowID", "line", "column", "originalLocation",
    ],
    "funcTable": [
      "name", "isJS", "relevantForJS", "resource", "source", "lineNumber", "columnNumber",
      "originalLocation",
    ],
    "resourceTable": ["lib", "name", "host", "type"],
    "nativeSymbols": ["address", "functionSize", "libIndex", "name"],
    "sources": ["id", "filename", "startLine", "startColumn", "sourceMapURL", "content"],
    "sourceLocationTable": ["source", "line", "column"],
  ]

  @Test func columnsAreAsLongAsTheirTables() throws {
    for profile in profiles {
      let shared = try #require(try written(profile)["shared"])
      for (name, columns) in Self.tables {
        let table = try #require(shared[name], "\(name)")
        let length = try #require(table["length"]?.count)
        for column in columns {
          #expect(table[column]?.array.map { UInt64($0.count) } == length, "\(name).\(column)")
        }
      }
    }
  }

  @Test func everyIndexPointsToSomething() throws {
    for profile in profiles {
      let file = try written(profile)
      let shared = try #require(file["shared"])
      func length(_ table: String) throws -> Int {
        Int(try #require(shared[table]?["length"]?.count))
      }
      let strings = try #require(shared["stringArray"]?.array).count
      for (row, offset) in try numbers(shared["stackTable"], "prefixOffset").enumerated() {
        #expect((0...row).contains(try #require(offset)))
      }
      for (table, column, bound) in [
        ("stackTable", "frame", try length("frameTable")),
        ("frameTable", "func", try length("funcTable")), ("funcTable", "name", strings),
        ("funcTable", "source", try length("sources")),
        ("funcTable", "resource", try length("resourceTable")),
        ("resourceTable", "name", strings), ("sources", "filename", strings),
        ("resourceTable", "lib", try #require(file["libs"]?.array).count),
        ("frameTable", "category", try #require(file["meta"]?["categories"]?.array).count),
      ] {
        let isWithin = try numbers(shared[table], column).allSatisfy { ($0 ?? -1) < bound }
        #expect(isWithin, "\(table).\(column)")
      }
    }
  }

  @Test func threadsHaveAllSamplesInTheOrderOfTime() throws {
    for profile in profiles {
      let file = try written(profile)
      let stacks = Int(try #require(file["shared"]?["stackTable"]?["length"]?.count))
      var total: UInt64 = 0
      for thread in try #require(file["threads"]?.array) {
        let samples = try #require(thread["samples"])
        let times = try #require(samples["time"]?.array).compactMap(\.double)
        #expect(times == times.sorted())
        #expect(UInt64(times.count) == samples["length"]?.count)
        #expect(try numbers(samples, "stack").allSatisfy { ($0 ?? 0) < stacks })
        total += try #require(samples["weight"]?.array).compactMap(\.count).reduce(0, +)
        // Ids are texts since version 47.
        #expect(thread["pid"]?.text != nil && thread["tid"]?.text != nil)
      }
      #expect(total == profile.totalCount)
    }
  }
}
