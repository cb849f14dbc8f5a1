// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// A pprof file that was recorded, with ids resolved.
struct PprofProfile: SampledOutput {
  struct Location {
    /// Ids of a mapping and of functions, innermost first.
    var mapping: UInt64
    var address: UInt64
    var functions: [UInt64]
  }

  struct Sample {
    /// Names from the leaf to the root, inlined ones included.
    var frames: [String]
    var locations: [Location]
    var values: [Int]
    var labels: [String: String]
  }

  /// `type/unit`
  private(set) var sampleTypes: [String] = []
  private(set) var samples: [Sample] = []
  private(set) var mappings: [UInt64: PprofFile.Mapping] = [:]
  private(set) var period: UInt64 = 0
  private(set) var periodType = ""
  private(set) var durationNanoseconds: UInt64 = 0

  /// - Parameter path: A gzip file; gzip itself unpacks it.
  init(path: String) async throws {
    let folder = try TemporaryFolder()
    let gzip = try ChildProcess("gzip", ["-dc", path], output: folder("raw"))
    try #require(try await gzip.waitForExit() == .code(0), "gzip -d \(path)")
    try self.init(PprofFile(contents(of: folder("raw"))))
  }

  /// - Throws: If an id is missing or there twice, or two labels of a sample have the same key.
  init(_ file: PprofFile) throws {
    func unique<Value>(_ values: [Value], _ id: (Value) -> UInt64) throws -> [UInt64: Value] {
      let byID = Dictionary(values.map { (id($0), $0) }, uniquingKeysWith: { $1 })
      try #require(byID.count == values.count, "an id that is there twice")
      return byID
    }
    try #require(file.strings.first == "")
    mappings = try unique(file.mappings, \.id)
    let functions = try unique(file.functions, \.id)
    let locations = try unique(file.locations, \.id)
    sampleTypes = file.sampleTypes.map { "\($0.type)/\($0.unit)" }
    periodType = "\(file.periodType.type)/\(file.periodType.unit)"
    period = file.period
    durationNanoseconds = file.durationNanos
    for sample in file.samples {
      let its = try sample.locations.map { id in
        try #require(locations[id], "location \(id) is missing")
      }
      let labels = Dictionary(sample.labels.map { ($0.key, $0.text) }, uniquingKeysWith: { $1 })
      try #require(labels.count == sample.labels.count, "a label that is there twice")
      samples.append(
        Sample(
          frames: try its.flatMap(\.lines).map { line in
            try #require(functions[line.function], "function \(line.function) is missing").name
          },
          locations: its.map { location in
            Location(
              mapping: location.mapping, address: location.address,
              functions: location.lines.map(\.function))
          },
          values: sample.values.map { Int($0) }, labels: labels))
    }
  }

  /// The index of the value that all outputs show: events of an event that is no clock, else samples.
  private var shown: Int {
    sampleTypes.last?.hasSuffix("/count") == true ? sampleTypes.count - 1 : 0
  }

  var total: Int { samples.reduce(0) { $0 + $1.values[shown] } }

  func count(where isMeant: (String) -> Bool) -> Int {
    samples.filter { $0.frames.contains(where: isMeant) }.reduce(0) { $0 + $1.values[shown] }
  }

  func count(labelled key: String, _ value: String) -> Int {
    samples.filter { $0.labels[key] == value }.reduce(0) { $0 + $1.values[shown] }
  }
}
