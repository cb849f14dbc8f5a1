// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import Formats

struct ChromeTraceWriterTests {
  private let profiles = [
    serverProfile(), timedServerProfile(), hostileProfile(), realisticProfile(stacks: 200),
    splitServerProfile(), ProfileBuilder().profile,
  ]

  private struct Event {
    var phase: String
    var name: String
    var category: String?
    var track: [UInt64]
    var start: Double
    var length: Double
    var end: Double { start + length }

    init(_ json: JSONValue) throws {
      phase = try #require(json["ph"]?.text)
      name = try #require(json["args"]?["name"]?.text ?? json["name"]?.text)
      category = json["cat"]?.text
      track = try [#require(json["pid"]?.count), #require(json["tid"]?.count)]
      start = json["ts"]?.double ?? 0
      length = json["dur"]?.double ?? 0
    }
  }

  private func events(_ profile: Profile) throws -> [Event] {
    let file = try JSONValue(ChromeTraceWriter().bytes(of: profile))
    return try #require(file["traceEvents"]?.array).map { try Event($0) }
  }

  private func calls(_ profile: Profile) throws -> [Event] {
    try events(profile).filter { $0.phase == "X" }
  }

  /// `name start+length`, in microseconds.
  private func text(_ profile: Profile) throws -> [String] {
    try calls(profile).map { "\($0.name) \(Int($0.start))+\(Int($0.length))" }
  }

  @Test func golden() throws {
    try Golden.compare(ChromeTraceWriter().bytes(of: serverProfile()), with: "server.trace.json")
  }

  /// Calls of a thread lie within each other or apart, callers first; what lies outermost adds up to
  /// the samples.
  @Test func callsAreNestedAndTotalsAreKept() throws {
    for profile in profiles {
      let unit = ChromeTraceTimeline.nanosecondsPerCount(profile.session.metric)
      var total = 0.0
      for (track, calls) in Dictionary(grouping: try calls(profile), by: \.track) {
        var open: [Event] = []
        for call in calls {
          while let last = open.last, last.end <= call.start + 0.0005 { open.removeLast() }
          if let caller = open.last {
            #expect(call.start >= caller.start && call.end <= caller.end + 0.0005, "\(track)")
          } else {
            total += call.length
          }
          open.append(call)
        }
      }
      let expected = Double(profile.totalCount * unit) / 1000
      #expect(abs(total - expected) <= expected * 1e-9, "\(profile.session.target)")
    }
  }

  @Test func everyTrackHasOneThreadAndItsNames() throws {
    for profile in profiles {
      let events = try events(profile)
      let threads = events.filter { $0.phase == "M" && $0.name != "" }
      let tracks = Set(events.filter { $0.phase == "X" }.map(\.track))
      #expect(tracks.isSubset(of: Set(threads.map(\.track))))
      #expect(tracks.count == ThreadSamples.of(profile).count)
      #expect(events.allSatisfy { ["X", "M"].contains($0.phase) })
    }
  }

  @Test func samplesWithoutTimesFollowEachOther() throws {
    var builder = ProfileBuilder()
    let program = builder.module("/bin/p")
    let (main, f, g) = (
      builder.frame("main", in: program), builder.frame("f", in: program),
      builder.frame("g", in: program)
    )
    builder.sample("p", [main, f], count: 2)
    builder.sample("p", [main, g], count: 1)
    builder.sample("p", [], truncation: .noCFI, count: 1)
    builder.sample("p", [], count: 1)
    var profile = builder.profile
    profile.session.metrics = [.clock(pace: .period(10_000_000))]
    #expect(
      try text(profile) == [
        "main 0+30000", "f 0+20000", "g 20000+10000", "[truncated: NO_CFI] 30000+10000",
        "[unknown] 40000+10000",
      ])
    profile.session.metrics = [.event("page-faults")]
    #expect(try text(profile).first == "main 0+3")
    profile.session.metrics = [Metric(name: "wait", unit: .nanoseconds)]
    #expect(try calls(profile).map(\.length).first == 0.003)
  }

  /// A timer's jitter does not cut a call; a gap of half a sample does.
  @Test func samplesAreAtTheirTimes() throws {
    var builder = ProfileBuilder()
    let main = builder.frame("main", in: builder.module("/bin/p"))
    builder.sample("p", [main], count: 5)
    var profile = builder.profile
    profile.session.metrics = [.clock(pace: .period(10_000_000))]
    profile.samples[0].times = [5_000_000, 15_003_000, 24_900_000, 50_000_000]
    #expect(try text(profile) == ["main 5000+30000", "main 50000+20000"])
  }

  @Test func unknownAndRepeatedIDsGetTheirOwnTracks() throws {
    var builder = ProfileBuilder()
    let main = builder.frame("main", in: builder.module("/bin/p"))
    builder.sample("before exec", [main], count: 1)
    builder.sample("after exec", [main], count: 1)
    builder.sample("none", pid: -1, tid: -1, [main], count: 1)
    builder.sample("none either", pid: -1, tid: -1, [main], count: 1)
    #expect(Set(try calls(builder.profile).map(\.track)).count == 4)
  }

  @Test func hostileNamesAndCountsAreHarmless() throws {
    let bytes = try ChromeTraceWriter().bytes(of: hostileProfile())
    #expect(!bytes.contains { $0 < 0x20 && $0 != 10 } && !bytes.contains(UInt8(ascii: "<")))
    var builder = ProfileBuilder()
    let main = builder.frame("main", in: builder.module("/bin/p"))
    for _ in 0..<3 { builder.sample("p", [main], count: 1 << 62) }
    let lengths = try calls(builder.profile).map(\.length)
    #expect(lengths.count == 1 && lengths[0] > 1e15)
  }
}
