// SPDX-License-Identifier: Apache-2.0

import Flameback
import Testing

@Suite struct FlameProfileTests {
  private let folded = Array("main;read 2\nmain;work;sort 5\nmain;work 1\n".utf8)

  @Test func stacksOfTextAreRead() throws {
    let profile = try FlameProfile(reading: folded)
    #expect(profile.total == 8)
    #expect(profile.shownMetric.name == "samples")
    #expect(
      profile.stacks.map { $0.frames.map(\.function) } == [
        ["main", "read"], ["main", "work", "sort"], ["main", "work"],
      ])
    #expect(profile.stacks.map(\.values) == [[2], [5], [1]])
    #expect(profile.unreadableLines == 0)
  }

  @Test func whatIsFilteredIsGone() throws {
    let profile = try FlameProfile(reading: folded)
      .filtered { $0.frames.contains { $0.function == "work" } }
    #expect(profile.total == 6)
    let text = String(decoding: try profile.encoded(as: .folded), as: UTF8.self)
    #expect(text == "main;work 1\nmain;work;sort 5\n")
  }

  /// Formats that can be read again have the same total.
  @Test func formatsAreReadBack() throws {
    var read: Set<ProfileFormat> = []
    for format in ProfileFormat.all {
      let bytes = try FlameProfile(reading: folded).encoded(as: format)
      #expect(try FlameProfile(reading: folded).encoded(as: format) == bytes)
      do throws(ProfileReadingError) {
        #expect(try FlameProfile(reading: bytes).total == 8, "\(format)")
        read.insert(format)
      } catch {
        // Not every format has a reader.
        #expect(error.kind == .unrecognized, "\(format)")
      }
    }
    #expect(read.isSuperset(of: [.folded, .svg, .html, .pprof, .speedscope, .perfScript, .json]))
  }

  /// A format that has no constant here is found by its name and its suffixes all the same.
  @Test func formatsAreThoseOfTheCommand() throws {
    for format in ProfileFormat.all {
      #expect(ProfileFormat(named: format.name) == format)
      #expect(!format.suffixes.isEmpty)
      for suffix in format.suffixes { #expect(ProfileFormat(ofPath: "x\(suffix)") == format) }
    }
    #expect(Set(ProfileFormat.all).count == ProfileFormat.all.count)
  }

  @Test func metricsAreKeptApart() throws {
    var builder = FlameProfileBuilder(
      metrics: [
        FlameMetric(name: "alloc", unit: "bytes"), FlameMetric(name: "cpu", unit: "nanoseconds"),
      ], target: "test")
    builder.add([FlameFrame(function: "main")], values: [10, 3], thread: "worker")
    builder.add([FlameFrame(function: "main")], values: [1, 4], thread: "worker")
    let profile = builder.finish()
    #expect(profile.metrics.map(\.unit) == ["bytes", "nanoseconds"])
    #expect(profile.shownMetric.name == "cpu")
    #expect(profile.total == 7)
    #expect(profile.total(of: "alloc") == 11)
    #expect(profile.total(of: "wall") == nil)
    #expect(profile.showing("alloc")?.total == 11)
    #expect(profile.showing("wall") == nil)
    #expect(profile.target == "test")
    #expect(profile.stacks.map(\.thread) == ["worker"])
    let json = try FlameProfile(reading: profile.encoded(as: .json))
    #expect(json.metrics == profile.metrics)
    #expect(json.total(of: "alloc") == 11)
  }

  @Test func differencesAreDrawn() throws {
    let before = try FlameProfile(reading: folded)
    let after = try FlameProfile(reading: Array("main;work 9\n".utf8))
    let svg = String(
      decoding: try FlameGraph(before: before, after: after).svg(), as: UTF8.self)
    #expect(svg.contains("before: 8"))
    #expect(svg.contains("after: 9"))
  }

  @Test(
    arguments: [
      ([], .empty), ([0, 1, 2], .unrecognized), (Array("PERFILE2".utf8), .unrecognized),
      (Array("{}".utf8), .unrecognized), (Array("<svg></svg>".utf8), .unrecognized),
      ([0x1f, 0x8b, 8, 0], .corrupt),
    ] as [([UInt8], ProfileReadingError.Kind)])
  func whatIsNoProfileIsRefused(_ bytes: [UInt8], _ kind: ProfileReadingError.Kind) {
    let error = #expect(throws: ProfileReadingError.self) { try FlameProfile(reading: bytes) }
    #expect(error?.kind == kind)
    #expect(error?.description.hasPrefix("cannot read the profile: ") == true)
  }

  @Test func limitsHold() throws {
    let limits = ReadingLimits(bytes: folded.count - 1)
    let error = #expect(throws: ProfileReadingError.self) {
      try FlameProfile(reading: folded, limits: limits)
    }
    #expect(error?.kind == .tooLarge)
    let packed = try FlameProfile(reading: folded).encoded(as: .pprof)
    let inflated = #expect(throws: ProfileReadingError.self) {
      try FlameProfile(reading: packed, limits: ReadingLimits(bytes: packed.count))
    }
    #expect(inflated?.kind == .tooLarge)
  }

  @Test func filesAreReadAndWritten() throws {
    let path = "/tmp/flameback-library-\(UInt64.random(in: 0 ... .max)).folded"
    try FlameProfile(reading: folded).write(to: path)
    #expect(try FlameProfile(contentsOf: path).total == 8)
    let error = #expect(throws: ProfileReadingError.self) {
      try FlameProfile(contentsOf: path + ".none")
    }
    #expect(error?.description == "cannot read \(path).none: No such file or directory")
    #expect(throws: ProfileWritingError.self) {
      try FlameProfile(reading: folded).write(to: "/tmp/a.unknown")
    }
  }

  /// Eight renderings at once: the Thread Sanitizer sees every access.
  @Test func renderingsAreIndependent() async throws {
    let profile = try FlameProfile(reading: folded)
    let expected = try FlameGraph(profile).svg()
    try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<8 { group.addTask { try FlameGraph(profile).svg() } }
      for try await svg in group { #expect(svg == expected) }
    }
  }
}
