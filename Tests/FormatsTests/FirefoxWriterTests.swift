// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

/// The "processed profile" as its loader takes it for granted: every member, every column of every
/// table, and what may stand in it, after the types of the Firefox Profiler's own source.
struct FirefoxWriterTests {
  private let profiles = [
    serverProfile(), timedServerProfile(), hostileProfile(), realisticProfile(stacks: 200),
    splitServerProfile(), ProfileBuilder().profile,
  ]

  private func written(_ profile: Profile) throws -> JSONValue {
    try JSONValue(FirefoxWriter().bytes(of: profile))
  }

  /// What the cells of a column are.
  private enum Cell {
    case row(of: String)
    case rowOrNull(of: String)
    case rowOrMinusOne(of: String)
    /// A whole number, from so much on.
    case number(from: Int)
    case numberOrNull
    case flag
    case null
  }

  private static let tables: [String: [String: Cell]] = [
    "stackTable": ["prefixOffset": .number(from: 0), "frame": .row(of: "frameTable")],
    "frameTable": [
      "address": .number(from: -1), "inlineDepth": .number(from: 0),
      "category": .row(of: "categories"), "subcategory": .number(from: 0),
      "func": .row(of: "funcTable"), "nativeSymbol": .rowOrNull(of: "nativeSymbols"),
      "innerWindowID": .number(from: 0), "line": .numberOrNull, "column": .numberOrNull,
      "originalLocation": .rowOrNull(of: "sourceLocationTable"),
    ],
    "funcTable": [
      "name": .row(of: "stringArray"), "isJS": .flag, "relevantForJS": .flag,
      "resource": .rowOrMinusOne(of: "resourceTable"), "source": .rowOrNull(of: "sources"),
      "lineNumber": .numberOrNull, "columnNumber": .numberOrNull,
      "originalLocation": .rowOrNull(of: "sourceLocationTable"),
    ],
    "resourceTable": [
      "lib": .rowOrNull(of: "libs"), "name": .row(of: "stringArray"),
      "host": .rowOrNull(of: "stringArray"), "type": .number(from: 1),
    ],
    "nativeSymbols": [
      "address": .number(from: 0), "functionSize": .numberOrNull, "libIndex": .row(of: "libs"),
      "name": .row(of: "stringArray"),
    ],
    "sources": [
      "id": .null, "filename": .row(of: "stringArray"), "startLine": .number(from: 1),
      "startColumn": .number(from: 1), "sourceMapURL": .rowOrNull(of: "stringArray"),
      "content": .null,
    ],
    "sourceLocationTable": [
      "source": .row(of: "sources"), "line": .number(from: 0), "column": .number(from: 0),
    ],
  ]

  /// Rows of a table, entries of a list.
  private func count(_ name: String, in file: JSONValue) throws -> Int {
    let list = file["shared"]?[name] ?? file[name] ?? file["meta"]?[name]
    return try #require(list?.array?.count ?? list?["length"]?.count.map { Int($0) }, "\(name)")
  }

  private func isRight(_ value: JSONValue, _ cell: Cell, in file: JSONValue) throws -> Bool {
    var number: Int?
    if case .integer(let value) = value { number = Int(value) }
    func isRow(of name: String) throws -> Bool {
      try number.map { (0..<(try count(name, in: file))).contains($0) } ?? false
    }
    switch (cell, value) {
    case (.null, .null), (.numberOrNull, .null), (.rowOrNull, .null), (.flag, .bool): return true
    case (.row(let name), _), (.rowOrNull(let name), _): return try isRow(of: name)
    case (.rowOrMinusOne(let name), _): return try number == -1 || isRow(of: name)
    case (.number(let least), _): return number.map { $0 >= least } ?? false
    case (.numberOrNull, _): return number.map { $0 >= 0 } ?? false
    case (.flag, _), (.null, _): return false
    }
  }

  @Test func everyCellIsWhatItsColumnTakes() throws {
    for profile in profiles {
      let file = try written(profile)
      for (name, columns) in Self.tables {
        let table = try #require(file["shared"]?[name], "\(name)")
        guard case .object(let members) = table else {
          Issue.record("\(name) is no table")
          continue
        }
        #expect(Set(members.keys) == Set(columns.keys).union(["length"]), "\(name)")
        for (column, cell) in columns {
          let cells = try #require(table[column]?.array, "\(name).\(column)")
          #expect(try cells.count == count(name, in: file), "\(name).\(column)")
          let wrong = try cells.first { try !isRight($0, cell, in: file) }
          #expect(wrong == nil, "\(name).\(column): \(wrong.map { "\($0)" } ?? "")")
        }
      }
      // A caller stands before what it calls: nothing goes round in circles.
      let offsets = try #require(file["shared"]?["stackTable"]?["prefixOffset"]?.array)
      for (row, offset) in offsets.enumerated() { #expect(try #require(offset.count) <= row) }
      let strings = try #require(file["shared"]?["stringArray"]?.array).compactMap(\.text)
      #expect(try strings.count == count("stringArray", in: file))
      #expect(Set(strings).count == strings.count)
    }
  }

  @Test func metaAndLibrariesAreWhole() throws {
    for profile in profiles {
      let file = try written(profile)
      let meta = try #require(file["meta"])
      #expect(meta["preprocessedProfileVersion"]?.count == 66)
      for key in ["interval", "startTime", "processType", "version"] {
        #expect(meta[key]?.double != nil, "\(key)")
      }
      #expect(try #require(meta["interval"]?.double) > 0)
      for list in ["markerSchema", "pausedRanges"] { #expect(meta[list]?.array != nil) }
      for list in ["threads", "libs", "pages", "counters", "profilerOverhead"] {
        #expect(file[list]?.array != nil, "\(list)")
      }
      let categories = try #require(meta["categories"]?.array)
      // What has no category of its own gets the grey one.
      #expect(categories.contains { $0["color"]?.text == "grey" })
      for category in categories {
        #expect(category["name"]?.text != nil)
        #expect(category["subcategories"]?.array?.first?.text == "Other")
      }
      for library in try #require(file["libs"]?.array) {
        for key in ["name", "path", "debugName", "debugPath", "breakpadId", "arch"] {
          #expect(library[key]?.text != nil, "\(key)")
        }
        let id = try #require(library["breakpadId"]?.text)
        #expect(id.isEmpty || id.count == 33)
        #expect(library["codeId"] != nil)
      }
    }
  }

  @Test func threadsHaveAllSamplesInTheOrderOfTime() throws {
    for profile in profiles {
      let file = try written(profile)
      var total: UInt64 = 0
      for thread in try #require(file["threads"]?.array) {
        let samples = try #require(thread["samples"])
        let times = try #require(samples["time"]?.array).compactMap(\.double)
        let length = samples["length"]?.count
        #expect(times == times.sorted())
        for column in ["time", "stack", "weight"] {
          #expect(samples[column]?.array.map { UInt64($0.count) } == length, "\(column)")
        }
        for stack in try #require(samples["stack"]?.array) {
          #expect(try isRight(stack, .rowOrNull(of: "stackTable"), in: file))
        }
        total += try #require(samples["weight"]?.array).compactMap(\.count).reduce(0, +)
        #expect(samples["weightType"]?.text == "samples")
        // Ids are texts since version 47.
        for key in ["name", "processType", "processName", "pid", "tid"] {
          #expect(thread[key]?.text != nil, "\(key)")
        }
        for key in ["processStartupTime", "registerTime"] { #expect(thread[key]?.double != nil) }
        for key in ["processShutdownTime", "unregisterTime"] { #expect(thread[key] != nil) }
        for key in ["isMainThread", "showMarkersInTimeline"] {
          guard case .bool = thread[key] else {
            Issue.record("\(key) is no flag")
            continue
          }
        }
        for column in ["category", "data", "endTime", "name", "phase", "startTime"] {
          #expect(thread["markers"]?[column]?.array?.isEmpty == true, "\(column)")
        }
      }
      #expect(total == profile.totalCount)
    }
  }
}
