// SPDX-License-Identifier: Apache-2.0

import Bytes
import Flameback
import ProfileModel
import Testing

@testable import FlameGraphs
@testable import Formats

/// Inputs of some 100 KB whose parts refer to each other so often that they stand for hundreds of millions of
/// frames or bytes of names: they are refused before that takes time and memory.
@Suite struct HostileInputTests {
  private func refusal<Reader: ProfileReader>(by _: Reader.Type, _ bytes: [UInt8]) -> ReadingError?
  {
    var reader = Reader()
    var sink = CountingSink()
    do throws(ReadingError) {
      try reader.read(bytes, into: &sink)
      try reader.finish(into: &sink)
      return nil
    } catch {
      return error
    }
  }

  // MARK: pprof

  private func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    LEB128.encode(number << 3 | 2) { bytes.append($0) }
    LEB128.encode(UInt64(content.count)) { bytes.append($0) }
    return bytes + content
  }

  private func field(_ number: UInt64, _ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    LEB128.encode(number << 3) { bytes.append($0) }
    LEB128.encode(value) { bytes.append($0) }
    return bytes
  }

  /// A name of `length` bytes, a function with it, `locations` of it with so many lines each, and a sample
  /// with each location `times` times.
  private func pprof(name length: Int, locations: UInt64, lines: Int, times: Int) -> [UInt8] {
    let line = field(4, field(1, 1 as UInt64))
    let ids = (1...locations).flatMap {
      Array(repeating: field(1, $0), count: times).flatMap { $0 }
    }
    return field(1, [UInt8]()) + field(6, [UInt8]())
      + field(6, [UInt8](repeating: 0x78, count: length))
      + field(5, field(1, 1 as UInt64) + field(2, 1 as UInt64))
      + (1...locations).flatMap {
        field(4, field(1, $0) + Array(repeating: line, count: lines).flatMap { $0 })
      } + field(2, ids + field(2, 1 as UInt64))
  }

  @Test func pprofWithLongLocations() {
    let bytes = pprof(name: 3, locations: 1, lines: 20_000, times: 20_000)
    #expect(refusal(by: PprofReader.self, bytes) == .excessive)
  }

  @Test func pprofWithALongNameInManyLocations() {
    let bytes = pprof(name: 100_000, locations: 4000, lines: 1, times: 1)
    #expect(refusal(by: PprofReader.self, bytes) == .excessive)
  }

  @Test func pprofWithOneCommentManyTimes() {
    let bytes =
      pprof(name: 100_000, locations: 1, lines: 1, times: 1)
      + field(13, [UInt8](repeating: 1, count: 20_000))
    #expect(refusal(by: PprofReader.self, bytes) == .excessive)
  }

  @Test func pprofWithManyMetrics() {
    let bytes = Array(repeating: field(1, [UInt8]()), count: 100).flatMap { $0 }
    #expect(refusal(by: PprofReader.self, bytes) == .tooManyMetrics(limit: 48))
  }

  /// Recursion whose frames were compiled into each other: a chain of 4,000 locations of 4 functions.
  @Test func pprofOfADeepProgramIsRead() {
    let bytes = pprof(name: 100, locations: 2000, lines: 4, times: 2)
    #expect(refusal(by: PprofReader.self, bytes) == nil)
  }

  // MARK: JSON

  @Test func jsonWithOneStackInManySamples() {
    let frames = Array(repeating: "0", count: 20_000).joined(separator: ",")
    let sample = #"{"process":0,"stack":0,"values":[1]}"#
    let json =
      #"{"flameback":2,"processes":[{}],"modules":[{}],"functions":[{}],"frames":[{"function":0,"#
      + #""module":0}],"stacks":[{"frames":[\#(frames)]}],"samples":["#
      + Array(repeating: sample, count: 2000).joined(separator: ",") + "]}"
    #expect(refusal(by: ProfileJSONReader.self, Array(json.utf8)) == .excessive)
  }

  @Test func jsonWithManyMetrics() {
    let json =
      #"{"flameback":2,"session":{"metrics":["#
      + Array(repeating: "{}", count: 100).joined(separator: ",") + "]}}"
    #expect(refusal(by: ProfileJSONReader.self, Array(json.utf8)) == .tooManyMetrics(limit: 48))
  }

  private func speedscope(opens: Int) -> [UInt8] {
    let events = (0..<opens).map { #"{"type":"O","frame":0,"at":\#($0)}"# }.joined(separator: ",")
    return Array(
      (#"{"shared":{"frames":[{"name":"f"}]},"profiles":[{"type":"evented","events":[\#(events)]}]}"#)
        .utf8)
  }

  @Test func speedscopeWithManyOpenFrames() {
    #expect(refusal(by: SpeedscopeReader.self, speedscope(opens: 6000)) == .excessive)
    #expect(refusal(by: SpeedscopeReader.self, speedscope(opens: 2000)) == nil)
  }

  // MARK: Pictures

  /// A payload of a chain of `depth` nodes, with as many leaves at its end, all with one label.
  private func payload(depth: Int, nameLength: Int = 1, labels: Int = 1) -> [UInt8] {
    func number(_ value: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      LEB128.encode(UInt64(value)) { bytes.append($0) }
      return bytes
    }
    let nodes = 2 * depth
    let file = [UInt8](repeating: 0x78, count: nameLength) + [0x0a]
    let sections: [[UInt8]] = [
      Array(repeating: 0, count: depth - 1) + Array(repeating: 1, count: depth),
      Array(repeating: 0, count: nodes), Array(repeating: 1, count: nodes),
      Array(repeating: BoxKind.user.rawValue, count: labels)
        + Array(repeating: 0, count: labels) + Array(repeating: 1, count: labels)
        + Array(repeating: 0, count: labels),
      Array(repeating: 0x0a, count: labels), [], file, [],
    ]
    return number(Int(PayloadEncoder.version)) + number(nodes) + number(labels) + number(8)
      + sections.flatMap { number($0.count) } + sections.flatMap { $0 }
  }

  @Test func aPictureOfDeepLeaves() throws {
    let deep = try PayloadDecoder(payload(depth: 20_000))
    #expect(throws: ReadingError.excessive) { try deep.checkReferences() }
    try PayloadDecoder(payload(depth: 2000)).checkReferences()
  }

  @Test func aPictureOfOneLongFileInManyLabels() throws {
    let long = try PayloadDecoder(payload(depth: 100, nameLength: 100_000, labels: 20_000))
    #expect(throws: ReadingError.excessive) { try long.checkReferences() }
  }
}

/// A sink that takes no time, so that what the test takes is of the reader.
private struct CountingSink: SampleSink {
  private var count: Int32 = 0

  mutating func begin(_ metrics: [Metric], usual: Int) {}

  mutating func number(of frame: FrameDescription) -> Int32 {
    count += 1
    return count - 1
  }

  mutating func number(of thread: ThreadDescription) -> Int32 { 0 }

  mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64]
  ) {}
}
