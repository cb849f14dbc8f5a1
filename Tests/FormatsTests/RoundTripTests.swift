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
    timedServerProfile(),
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
      var facts = InputFacts()
      let again = try collected {
        facts = try PprofReader.read(PprofWriter().uncompressed(profile), into: &$0)
      }
      #expect(again.pathCounts == profile.pathCounts)
      #expect(facts.session.metric.frequencyHz == 99)
      #expect(facts.session.target == VisibleText.of(profile.session.target))
      #expect(facts.session.metric.countsSamples)
    }
  }

  @Test func pprofKeepsPlacesAndIdentities() throws {
    let profile = serverProfile()
    let again = try collected {
      _ = try PprofReader.read(PprofWriter().uncompressed(profile), into: &$0)
    }
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
      var facts = InputFacts()
      let again = try collected {
        facts = try JSONReader.read(SpeedscopeWriter().bytes(of: profile), into: &$0)
      }
      #expect(again.pathCounts == profile.pathCounts)
      #expect(facts.session.metric.frequencyHz == 99)
      #expect(facts.session.metric.countsSamples)
    }
  }

  @Test func perfScript() throws {
    for profile in [serverProfile(), realisticProfile(stacks: 200), hostileProfile()] {
      let text = PerfScriptWriter().bytes(of: profile)
      #expect(InputFormat.of(text) == .perfScript)
      var reader = PerfScriptReader()
      let again = collected {
        reader.read(text, into: &$0)
        reader.finish(into: &$0)
      }
      #expect(reader.account.good == profile.totalCount)
      #expect(reader.account.bad == 0, "line \(reader.account.firstBad)")
      #expect(again.totalCount == profile.totalCount)
      // Names that are nothing but blanks, or look like a number and a time, cannot be told.
      if profile.session.target == serverProfile().session.target {
        #expect(again.pathCounts == profile.pathCounts)
      }
    }
  }

  @Test func folded() throws {
    for profile in [serverProfile(), realisticProfile(stacks: 200)] {
      for annotate in [false, true] {
        let text = FoldedWriter(annotate: annotate).bytes(of: profile)
        #expect(InputFormat.of(text) == .folded)
        var reader = FoldedReader()
        let again = collected {
          reader.read(text, into: &$0)
          reader.finish(into: &$0)
        }
        #expect(reader.account.bad == 0)
        #expect(FoldedWriter(annotate: annotate).bytes(of: again) == text)
      }
    }
  }

  @Test func jsonLosesNothing() throws {
    for var profile in profiles {
      profile.account.cost.setupCPUSeconds = 0.125
      profile.account.cost.tableBytes = 12_345
      profile.account.stacks.truncated[.noCFI] = 3
      let text = ProfileJSONWriter().bytes(of: profile)
      let again = try ProfileJSONReader.read(JSONValue(text))
      #expect(again.session == profile.session)
      #expect(again.account == profile.account)
      #expect(again.processes == profile.processes)
      #expect(again.modules == profile.modules)
      #expect(again.functions == profile.functions)
      #expect(again.frames == profile.frames)
      #expect(again.stacks == profile.stacks)
      #expect(again.samples == profile.samples)
      #expect(ProfileJSONWriter().bytes(of: again) == text)
    }
  }

  @Test func timesAreKept() throws {
    let profile = timedServerProfile()
    let byPprof = try collected {
      _ = try PprofReader.read(PprofWriter().uncompressed(profile), into: &$0)
    }
    #expect(byPprof.pathTimes == profile.pathTimes)
    let byPerfScript = collected {
      var reader = PerfScriptReader()
      reader.read(PerfScriptWriter().bytes(of: profile), into: &$0)
      reader.finish(into: &$0)
    }
    // Each of its samples has a time: those without one stand at the end.
    let end = profile.session.duration / 1000
    let known = byPerfScript.pathTimes.filter { $0.value != Array(repeating: end, count: 30) }
    #expect(known == profile.pathTimes)
    // A sample that comes before the one before it is over stands behind it.
    let bySpeedscope = try collected {
      _ = try JSONReader.read(SpeedscopeWriter().bytes(of: profile), into: &$0)
    }
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

  /// What we spread evenly is no time.
  @Test func madeUpTimesAreNotTaken() throws {
    let profile = serverProfile()
    let read = collected {
      var reader = PerfScriptReader()
      reader.read(PerfScriptWriter().bytes(of: profile), into: &$0)
      reader.finish(into: &$0)
    }
    #expect(!read.hasTimes)
    let speedscope = try collected {
      _ = try JSONReader.read(SpeedscopeWriter().bytes(of: profile), into: &$0)
    }
    #expect(!speedscope.hasTimes)
  }

  @Test func formatsAreToldApartByContent() throws {
    let profile = serverProfile()
    #expect(InputFormat.of(try PprofWriter().bytes(of: profile)) == .gzip)
    #expect(InputFormat.of(PprofWriter().uncompressed(profile)) == .pprof)
    #expect(InputFormat.of(SpeedscopeWriter().bytes(of: profile)) == .json)
    #expect(InputFormat.of(ProfileJSONWriter().bytes(of: profile)) == .json)
    #expect(InputFormat.of(Array("<?xml version=\"1.0\"?><svg/>".utf8)) == .markup)
    #expect(InputFormat.of(Array("<!DOCTYPE html>".utf8)) == .markup)
    #expect(InputFormat.of(Array("PERFILE2\u{0}\u{0}".utf8)) == .perfData)
    #expect(InputFormat.of(Array("<lambda> (x.py:1);f 12\n".utf8)) == .folded)
    for text in ["", "hello\n", "hello world\n", "\u{7f}ELF\u{1}"] {
      #expect(InputFormat.of(Array(text.utf8)) == nil, "\(text)")
    }
  }

  /// Cut or changed anywhere: an error or another profile, never a trap.
  @Test func brokenBytesDoNoHarm() throws {
    let profile = serverProfile()
    var random = SeededGenerator(state: 11)
    let inputs: [([UInt8], ([UInt8], inout ProfileCollector) throws -> Void)] = [
      (PprofWriter().uncompressed(profile), { _ = try PprofReader.read($0, into: &$1) }),
      (SpeedscopeWriter().bytes(of: profile), { _ = try JSONReader.read($0, into: &$1) }),
      (ProfileJSONWriter().bytes(of: profile), { _ = try JSONReader.read($0, into: &$1) }),
      (
        PerfScriptWriter().bytes(of: profile).prefix(6000).map { $0 },
        { bytes, sink in
          var reader = PerfScriptReader()
          reader.read(bytes, into: &sink)
          reader.finish(into: &sink)
        }
      ),
      (
        FoldedWriter().bytes(of: profile),
        { bytes, sink in
          var reader = FoldedReader()
          reader.read(bytes, into: &sink)
          reader.finish(into: &sink)
        }
      ),
    ]
    for (whole, read) in inputs {
      for round in 0..<200 {
        var bytes = whole
        if round % 3 == 0 { bytes.removeLast(Int(random.next() % UInt64(whole.count))) }
        for _ in 0..<round % 4 where !bytes.isEmpty {
          bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
        }
        var collector = ProfileCollector(profile.session)
        try? read(bytes, &collector)
        _ = InputFormat.of(bytes)
        #expect(collector.finish().totalCount < UInt64.max)
      }
    }
  }
}
