// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A pprof file, read independently of the code that wrote it.
struct PprofProfile: SampledOutput {
  struct Location {
    var mapping: UInt64 = 0
    var address: UInt64 = 0
    /// Ids, innermost first.
    var functions: [UInt64] = []
  }

  struct Mapping {
    var file = ""
    var buildID = ""
    var start: UInt64 = 0
  }

  struct Sample {
    /// Names from the leaf to the root, inlined ones included.
    var frames: [String]
    var locations: [Location]
    var values: [Int]
    var labels: [String: String]
  }

  private(set) var sampleTypes: [String] = []
  private(set) var samples: [Sample] = []
  private(set) var mappings: [UInt64: Mapping] = [:]
  private(set) var period: UInt64 = 0
  private(set) var periodType = ""
  private(set) var durationNanoseconds: UInt64 = 0

  /// - Parameter path: A gzip file; gzip itself unpacks it.
  init(path: String) async throws {
    let folder = try TemporaryFolder()
    let gzip = try ChildProcess("gzip", ["-dc", path], output: folder("raw"))
    try #require(try await gzip.waitForExit() == .code(0), "gzip -d \(path)")
    let data = try #require(FileManager.default.contents(atPath: folder("raw")))
    try self.init(Array(data))
  }

  init(_ bytes: [UInt8]) throws {
    var strings: [String] = []
    var fields: [(field: Int, value: ProtobufReader.Value)] = []
    var reader = ProtobufReader(bytes[...])
    while let field = try reader.next() {
      fields.append(field)
      if field.field == 6 {
        let text = String(validating: try field.value.bytes, as: UTF8.self)
        strings.append(try #require(text, "a string that is not UTF-8"))
      }
    }
    try #require(strings.first == "")
    func string(_ value: ProtobufReader.Value) throws -> String {
      let index = try value.number
      try #require(index < strings.count)
      return strings[Int(index)]
    }

    var functions: [UInt64: String] = [:]
    var locations: [UInt64: Location] = [:]
    for (field, value) in fields {
      switch field {
      case 3:
        let (id, mapping) = try Self.mapping(try value.bytes, string)
        #expect(mappings.updateValue(mapping, forKey: id) == nil, "mapping \(id) twice")
      case 4:
        let (id, location) = try Self.location(try value.bytes)
        #expect(locations.updateValue(location, forKey: id) == nil, "location \(id) twice")
      case 5:
        let (id, name) = try Self.function(try value.bytes, string)
        #expect(functions.updateValue(name, forKey: id) == nil, "function \(id) twice")
      case 10: durationNanoseconds = try value.number
      case 11: periodType = try Self.valueType(try value.bytes, string)
      case 12: period = try value.number
      default: break
      }
    }
    for (field, value) in fields {
      switch field {
      case 1: sampleTypes.append(try Self.valueType(try value.bytes, string))
      case 2:
        samples.append(try Self.sample(try value.bytes, string, locations, functions))
      default: break
      }
    }
  }

  /// The type that all outputs count: the events of one that is no clock, else the samples.
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

  private typealias Strings = (ProtobufReader.Value) throws -> String

  private static func valueType(_ bytes: ArraySlice<UInt8>, _ string: Strings) throws -> String {
    var (type, unit) = ("", "")
    var reader = ProtobufReader(bytes)
    while let (field, value) = try reader.next() {
      if field == 1 { type = try string(value) }
      if field == 2 { unit = try string(value) }
    }
    return type + "/" + unit
  }

  private static func mapping(
    _ bytes: ArraySlice<UInt8>, _ string: Strings
  ) throws -> (UInt64, Mapping) {
    var id: UInt64 = 0
    var mapping = Mapping()
    var reader = ProtobufReader(bytes)
    while let (field, value) = try reader.next() {
      switch field {
      case 1: id = try value.number
      case 2: mapping.start = try value.number
      case 5: mapping.file = try string(value)
      case 6: mapping.buildID = try string(value)
      default: break
      }
    }
    return (id, mapping)
  }

  private static func location(_ bytes: ArraySlice<UInt8>) throws -> (UInt64, Location) {
    var id: UInt64 = 0
    var location = Location()
    var reader = ProtobufReader(bytes)
    while let (field, value) = try reader.next() {
      switch field {
      case 1: id = try value.number
      case 2: location.mapping = try value.number
      case 3: location.address = try value.number
      case 4:
        var line = ProtobufReader(try value.bytes)
        while let (field, value) = try line.next() {
          if field == 1 { location.functions.append(try value.number) }
        }
      default: break
      }
    }
    return (id, location)
  }

  private static func function(
    _ bytes: ArraySlice<UInt8>, _ string: Strings
  ) throws -> (UInt64, String) {
    var (id, name): (UInt64, String) = (0, "")
    var reader = ProtobufReader(bytes)
    while let (field, value) = try reader.next() {
      if field == 1 { id = try value.number }
      if field == 2 { name = try string(value) }
    }
    return (id, name)
  }

  private static func sample(
    _ bytes: ArraySlice<UInt8>, _ string: Strings, _ locations: [UInt64: Location],
    _ functions: [UInt64: String]
  ) throws -> Sample {
    var sample = Sample(frames: [], locations: [], values: [], labels: [:])
    var reader = ProtobufReader(bytes)
    while let (field, value) = try reader.next() {
      switch field {
      case 1:
        for id in try ProtobufReader.numbers(value) {
          let location = try #require(locations[id], "location \(id) is missing")
          sample.locations.append(location)
          for function in location.functions {
            sample.frames.append(
              try #require(functions[function], "function \(function) is missing"))
          }
        }
      case 2: sample.values += try ProtobufReader.numbers(value).map { Int($0) }
      case 3:
        var (key, text) = ("", "")
        var label = ProtobufReader(try value.bytes)
        while let (field, value) = try label.next() {
          if field == 1 { key = try string(value) }
          if field == 2 { text = try string(value) }
        }
        #expect(sample.labels.updateValue(text, forKey: key) == nil, "label \(key) twice")
      default: break
      }
    }
    return sample
  }
}
