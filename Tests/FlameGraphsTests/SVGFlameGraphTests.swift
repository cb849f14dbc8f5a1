// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import FlameGraphs

struct SVGFlameGraphTests {
  private func svg(_ profile: Profile, title: String? = nil) -> String {
    let options = SVGFlameGraph.Options(title: title)
    return String(decoding: SVGFlameGraph(profile, options: options).bytes(), as: UTF8.self)
  }

  private func lint(_ profile: Profile, title: String? = nil) throws -> Tool.Result {
    let folder = try TemporaryFolder()
    let file = try folder.file("graph.svg", Array(svg(profile, title: title).utf8))
    return try Tool.run("xmllint", ["--noout", file])
  }

  @Test func golden() throws {
    try Golden.compare(SVGFlameGraph(serverProfile()).bytes(), with: "server.svg")
  }

  @Test(arguments: [
    serverProfile(), hostileProfile(), realisticProfile(stacks: 400), deepProfile(depth: 2000),
    deepProfile(depth: 1), ProfileBuilder().profile,
  ])
  func isWellFormed(profile: Profile) throws {
    let result = try lint(profile)
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.messages.isEmpty, "\(result.messages)")
  }

  @Test(arguments: hostileNames)
  func hostileTitlesAreText(title: String) throws {
    let result = try lint(serverProfile(), title: title)
    #expect(result.status == 0, "\(result.messages)")
  }

  @Test func hostileNamesAreEscapedOnly() {
    let text = svg(hostileProfile())
    // One script, ours; no other markup than what we write.
    #expect(text.ranges(of: "<script").count == 1)
    #expect(text.ranges(of: "]]>").count == 1)
    #expect(!text.contains("<img"))
    #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(text.contains("\\x1b[2Jescape\\x7f\\x9b31m"))
    #expect(text.contains("\\u202edetrever"))
    // A megabyte of name is not a megabyte of picture.
    #expect(text.utf8.count < 100_000)
  }

  @Test func tooltipsHaveExactCounts() {
    let text = svg(serverProfile())
    #expect(text.contains("<title>all 1,000 samples, 100.00 %</title>"))
    #expect(
      text.contains(
        "<title>server::parse(std::string_view) (server) 535 samples, 53.50 %\n/src/parse.cpp:8"))
    #expect(text.contains("<title>is_blank (server) 190 samples, 19.00 %\ninlined, /src/token.h:1"))
    #expect(text.contains("<title>nft_do_chain ([nf_tables]) 95 samples, 9.50 %\nkernel</title>"))
    #expect(text.contains("<title>[truncated: NO_CFI] 120 samples, 12.00 %\nstack cut short"))
  }

  @Test func totalsOfThreadsAddUp() {
    for profile in [serverProfile(), hostileProfile(), realisticProfile(stacks: 400)] {
      let total = profile.totalCount
      var sum: UInt64 = 0
      // Rows of 4 numbers: row, left, total, length of name.
      let numbers = svg(profile).firstMatch(of: /data-boxes="([^"]*)"/)
      let boxes = (numbers?.1 ?? "").split(separator: " ").compactMap { UInt64($0) }
      #expect(boxes.count % 4 == 0)
      for start in stride(from: 0, to: boxes.count, by: 4) {
        if boxes[start] == 0 { #expect(boxes[start + 2] == total) }
        if boxes[start] == 1 { sum += boxes[start + 2] }
      }
      #expect(sum == total)
    }
  }

  @Test func headerSaysWhatWasMeasured() {
    let text = svg(serverProfile(), title: "Parser regression")
    for part in [
      ">Parser regression</text>", "PID 42 (server) · build-7 · 2026-11-02 14:03:12 UTC · 30.0 s",
      "cpu-clock at 99 Hz · 2 CPUs · 1,000 samples", "8 lost (0.79 %)",
      "total 1,000 samples · drawn 21 of 21 frames",
    ] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func whatIsTooNarrowIsSaid() {
    var builder = ProfileBuilder()
    let program = builder.module("/bin/p")
    builder.sample("p", [builder.frame("wide", in: program)], count: 999_950)
    builder.sample("p", [builder.frame("narrow", in: program)], count: 50)
    let text = svg(builder.profile)
    #expect(
      text.contains(
        "drawn 3 of 4 frames; the others are narrower than 0.1 px and hold 0.01 % of the samples"))
    #expect(!text.contains("narrow ("))
  }

  @Test func oneSampleIsSingular() {
    var builder = ProfileBuilder()
    builder.sample("p", [builder.frame("f", in: builder.module("/bin/p"))], count: 1)
    #expect(svg(builder.profile).contains("<title>f (p) 1 sample, 100.00 %</title>"))
  }

  @Test func sameProfileSameBytes() {
    #expect(svg(realisticProfile(stacks: 300)) == svg(realisticProfile(stacks: 300)))
  }

  @Test func renderersDrawIt() throws {
    let folder = try TemporaryFolder()
    for profile in [serverProfile(), hostileProfile(), ProfileBuilder().profile] {
      let file = try folder.file("graph.svg", Array(svg(profile).utf8))
      let result = try Tool.run("rsvg-convert", [file])
      #expect(result.status == 0, "\(result.messages)")
      #expect(Array(result.output.prefix(4)) == [0x89, 0x50, 0x4e, 0x47])
    }
  }
}
