// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel
import TestSupport
import Testing

@testable import Formats

/// What is written can be read, and says the same.
struct RoundTripTests {
  private let profiles = [
    serverProfile(), hostileProfile(), realisticProfile(stacks: 200), deepProfile(depth: 2000),
    timedServerProfile(), strippedProfile(),
  ]

  private func collected(_ read: (inout ProfileCollector) throws -> Void) rethrows -> Profile {
    var collector = ProfileCollector(serverProfile().session)
    try read(&collector)
    return collector.finish()
  }

  @Test func aSinkGetsAllOfAProfile() {
    for profile in profiles {
      let again = collected { profile.send(to: &$0) }
      #expect(again.pathCounts == profile.pathCounts)
      #expect(again.totalCount == profile.totalCount)
    }
  }

  @Test func pprof() throws {
    for profile in profiles {
      let read = try ReadProfile(PprofWriter().bytes(of: profile))
      let (again, facts) = (read.profile, read.facts)
      #expect(again.session.metrics.map(\.name) == ["cpu"])
      #expect(again.pathCounts == profile.pathCounts)
      #expect(facts.session.metric.frequencyHz == 99)
      #expect(facts.session.target == VisibleText.of(profile.session.target))
      #expect(facts.session.metric.countsSamples)
    }
  }

  @Test func pprofKeepsPlacesAndIdentities() throws {
    let profile = serverProfile()
    let again = try ReadProfile(PprofWriter().bytes(of: profile)).profile
    // Written again, but for the order of tables it is the same.
    let file = try PprofFile(PprofWriter().uncompressed(again))
    let before = try PprofFile(PprofWriter().uncompressed(profile))
    #expect(Set(file.strings).subtracting(before.strings).allSatisfy { $0.contains(": ") })
    #expect(file.mappings.map(\.buildID).sorted() == before.mappings.map(\.buildID).sorted())
    #expect(file.locations.map(\.address).sorted() == before.locations.map(\.address).sorted())
    #expect(
      Set(file.samples.map(\.labels.description)) == Set(before.samples.map(\.labels.description)))
  }

  @Test func speedscope() throws {
    for profile in profiles {
      let read = try ReadProfile(SpeedscopeWriter().bytes(of: profile))
      let (again, facts) = (read.profile, read.facts)
      #expect(again.pathCounts == profile.pathCounts)
      #expect(facts.session.metric.frequencyHz == 99)
      #expect(facts.session.metric.countsSamples)
    }
  }

  @Test func perfScript() throws {
    for profile in [
      serverProfile(), realisticProfile(stacks: 200), hostileProfile(), strippedProfile(),
    ] {
      let text = try PerfScriptWriter().bytes(of: profile)
      #expect(PerfScriptReader.recognizes(text) && !FoldedReader.recognizes([]))
      let read = try ReadProfile(text)
      let again = read.profile
      #expect(read.account.good == profile.totalCount)
      #expect(read.account.bad == 0, "line \(read.account.firstBad)")
      #expect(again.totalCount == profile.totalCount)
      // Names that are nothing but blanks, or look like a number and a time, cannot be read back.
      if profile.session.target == serverProfile().session.target {
        #expect(again.pathCounts == profile.pathCounts)
      }
    }
  }

  @Test func folded() throws {
    for profile in [serverProfile(), realisticProfile(stacks: 200), strippedProfile()] {
      for annotate in [false, true] {
        let text = try FoldedWriter(annotate: annotate).bytes(of: profile)
        #expect(FoldedReader.recognizes(text) && !PerfScriptReader.recognizes(text))
        let read = try ReadProfile(text)
        let again = read.profile
        #expect(read.account.bad == 0)
        #expect(try FoldedWriter(annotate: annotate).bytes(of: again) == text)
      }
    }
  }

  /// Functions without a name, and addresses without a function, stay what they are in every format
  /// that is read.
  @Test func functionsWithoutANameAreReadBack() throws {
    let profile = strippedProfile()
    let texts = [
      try PprofWriter().bytes(of: profile), try SpeedscopeWriter().bytes(of: profile),
      try PerfScriptWriter().bytes(of: profile), try FoldedWriter().bytes(of: profile),
      try FoldedWriter(annotate: true).bytes(of: profile),
      try ProfileJSONWriter().bytes(of: profile),
    ]
    for text in texts {
      let again = try ReadProfile(text).profile
      // Some formats have frames for threads, or for what was cut, too.
      let unnamed = again.frames.filter { $0.naming == .moduleOnly }
      #expect(
        Set(unnamed.map { again.functions[$0.function].name }) == [
          "cc1plus+0x1200()", "cc1plus+0x8a1f30()", "cc1plus+0x8a1f30",
        ])
      #expect(again.pathCounts == profile.pathCounts)
    }
    // Addresses are kept where the format has them.
    for text in [texts[0], texts[5]] {
      let again = try ReadProfile(text).profile
      #expect(Set(again.frames.map(\.address)) == Set(profile.frames.map(\.address)))
    }
    let frames = try JSONValue(texts[5])["frames"]?.array ?? []
    #expect(frames.map { $0["offset"]?.count } == [0x10, nil, 0, 2, 0x1b4])
  }

  @Test func timesAreKept() throws {
    let profile = timedServerProfile()
    let byPprof = try ReadProfile(PprofWriter().bytes(of: profile)).profile
    #expect(byPprof.pathTimes == profile.pathTimes)
    let byPerfScript = try ReadProfile(PerfScriptWriter().bytes(of: profile)).profile
    // Each of its samples has a time: those without one stand at the end.
    let end = profile.session.duration / 1000
    let known = byPerfScript.pathTimes.filter { $0.value != Array(repeating: end, count: 30) }
    #expect(known == profile.pathTimes)
    // A sample that comes before the one before it is over stands behind it.
    let bySpeedscope = try ReadProfile(SpeedscopeWriter().bytes(of: profile)).profile
    let most = profile.session.metric.unitsPerCount / 1000
    for (path, times) in profile.pathTimes {
      let read = try #require(bySpeedscope.pathTimes[path])
      #expect(read.count == times.count)
      #expect(zip(read, times).allSatisfy { $0 + 1 >= $1 && $0 - $1 <= most }, "\(path)")
    }
    let firefox = try JSONValue(FirefoxWriter().bytes(of: profile))
    let thread = try #require(firefox["threads"]?.array?.first { $0["tid"]?.text == "7" })
    #expect(thread["samples"]?["time"]?.array?.prefix(2).map(\.double) == [8000, 8010.1])
  }

  /// Samples without a value in the shown metric are in no output of one metric, whatever their times.
  @Test func timesOfOtherMetricsAreNotWritten() throws {
    var profile = timedServerProfile()
    profile.session.metrics.append(Metric(name: "futex-wait", unit: .nanoseconds))
    profile.samples[6].values = [0, 5]
    profile.session.shown = 1
    let path = try #require(profile.pathCounts.first { $0.value == 5 }?.key)
    let read = try ReadProfile(PerfScriptWriter().bytes(of: profile)).profile
    #expect(read.pathCounts == [path: 5])
  }

  /// What we spread evenly is no time.
  @Test func madeUpTimesAreNotTaken() throws {
    let profile = serverProfile()
    let read = try ReadProfile(PerfScriptWriter().bytes(of: profile)).profile
    #expect(!read.hasTimes)
    let speedscope = try ReadProfile(SpeedscopeWriter().bytes(of: profile)).profile
    #expect(!speedscope.hasTimes)
  }

  /// Names with which a program would make its profile be read as something else, or as the kernel's.
  static let misleadingNames = [
    "f 42 1.5: g", "root 1 9.9: x", "1 [000] 2.5:", "# captured by : flameback", "#x", " x", "<svg",
    "<?xml", "<!doctype", "{\"flameback\":1}", "@[", "@x[a]: 1", "PERFILE2", "2ELIFREP", "f_[k]",
    "f_[j]", "f_[i]", "\u{feff}<svg", "Attaching 1", "a;b 3", "x 7 42/43 1.5:",
  ]

  @Test(arguments: misleadingNames)
  func namesCannotMislead(name: String) throws {
    var builder = ProfileBuilder()
    let program = builder.module("/tmp/x.ko")
    let frame = builder.frame(name, in: program, at: 0x1000)
    builder.sample(String(name.prefix(15)), [frame], count: 3)
    for (bytes, reader) in [
      (try FoldedWriter().bytes(of: builder.profile), FoldedReader.name),
      (try FoldedWriter(annotate: true).bytes(of: builder.profile), FoldedReader.name),
      (try PerfScriptWriter().bytes(of: builder.profile), PerfScriptReader.name),
    ] {
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(readerName(of: bytes) == reader, "\(text)")
      let read = try ReadProfile(bytes)
      #expect(read.account.bad == 0 && read.profile.totalCount == 3, "\(text)")
      #expect(!read.profile.frames.contains { read.profile.kind(of: $0) != .user }, "\(text)")
      if reader == PerfScriptReader.name {
        #expect(
          Set(read.profile.samples.map(\.threadID)) == Set(builder.profile.samples.map(\.threadID)))
        #expect(read.profile.samples.first?.comm.hasPrefix("root") == name.hasPrefix("root"))
      }
    }
  }

  private func readerName(of bytes: [UInt8]) -> String? {
    Formats.readers.first { $0.recognizes(bytes) }?.name
  }

  @Test func formatsAreRecognizedByContent() throws {
    let profile = serverProfile()
    #expect(readerName(of: PprofWriter().uncompressed(profile)) == PprofReader.name)
    #expect(readerName(of: try SpeedscopeWriter().bytes(of: profile)) == SpeedscopeReader.name)
    #expect(readerName(of: try ProfileJSONWriter().bytes(of: profile)) == ProfileJSONReader.name)
    #expect(readerName(of: Array("{ \"a\": 1, \"flameback\" : 1".utf8)) == ProfileJSONReader.name)
    #expect(readerName(of: Array("PERFILE2\u{0}\u{0}".utf8)) == PerfDataReader.name)
    #expect(readerName(of: Array("<lambda> (x.py:1);f 12\n".utf8)) == FoldedReader.name)
    for text in ["hello\n", "hello world\n", "\u{7f}ELF\u{1}"] {
      #expect(readerName(of: Array(text.utf8)) == nil, "\(text)")
    }
  }
}
