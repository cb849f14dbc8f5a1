// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel
import TestSupport
import Testing

@testable import FlameGraphs

struct SVGWriterTests {
  private func svg(_ profile: Profile, title: String? = nil) throws -> String {
    String(decoding: try picture(profile, title: title), as: UTF8.self)
  }

  private func lint(_ profile: Profile, title: String? = nil) throws -> Tool.Result {
    let folder = try TemporaryFolder()
    let file = try folder.file("graph.svg", picture(profile, title: title))
    return try Tool.run("xmllint", ["--noout", file])
  }

  @Test func golden() throws {
    // The drawn part; tests of the payload are in PayloadTests.
    let whole = try svg(serverProfile())
    let drawn = whole[..<(try #require(whole.firstRange(of: "<metadata"))).lowerBound]
    try Golden.compare(Array(drawn.utf8), with: "server.svg")
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

  @Test func hostileNamesAreEscapedOnly() throws {
    let text = try svg(hostileProfile())
    // One script, the loader, and no other markup than the writer's.
    #expect(text.ranges(of: "<script").count == 1)
    #expect(text.ranges(of: "]]>").count == 1)
    #expect(!text.contains("<img"))
    #expect(text.contains("CPU flame graph: PID 1 (&lt;script&gt;alert(1)&lt;/script&gt;)"))
    #expect(text.contains("ho\\u202est\\x1b[31m&quot;&#39;&amp;"))
    // A name of a megabyte does not make a picture of a megabyte.
    #expect(text.utf8.count < 150_000)
  }

  @Test func noNameEndsTheLoader() {
    let loader = String(decoding: Viewer.bytes(Viewer.loader), as: UTF8.self)
    #expect(!loader.contains("]]>") && !loader.contains("</"))
  }

  /// The number of boxes in the paths is the number that the footer has.
  @Test func everyBoxIsDrawnOnce() throws {
    for profile in [serverProfile(), hostileProfile(), realisticProfile(stacks: 400)] {
      let text = try svg(profile)
      let boxes = text.matches(of: /\ d="([^"]*)"/).reduce(0) { $0 + $1.1.count { $0 == "h" } }
      let drawn = try #require(text.firstMatch(of: /drawn ([0-9,]+) of/))
      #expect(String(boxes - 1) == drawn.1.filter { $0 != "," })
    }
  }

  @Test func headerSaysWhatWasMeasured() throws {
    let text = try svg(serverProfile(), title: "Parser regression")
    for part in [
      ">Parser regression</text>", "PID 42 (server) · build-7 · 2026-11-02 14:03:12 UTC · 30.0 s",
      "cpu-clock at 99 Hz · 2 CPUs · 1,000 samples", ">8 lost (0.79 %)</tspan>",
      "total 1,000 samples · drawn 20 of 20 frames",
    ] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func whatIsTooNarrowIsSaid() throws {
    var builder = ProfileBuilder()
    let program = builder.module("/bin/p")
    builder.sample("p", [builder.frame("wide", in: program)], count: 999_700)
    builder.sample("p", [builder.frame("narrow", in: program)], count: 300)
    #expect(
      try svg(builder.profile).contains(
        "drawn 2 of 3 frames; the others are narrower than 0.5 px and hold 0.03 %<"))
  }

  @Test func oneSampleIsSingular() throws {
    var builder = ProfileBuilder()
    builder.sample("p", [builder.frame("f", in: builder.module("/bin/p"))], count: 1)
    #expect(try svg(builder.profile).contains("total 1 sample ·"))
  }

  /// A payload of many frames is capped; the picture says so and keeps the total.
  @Test func aLimitedPayloadFitsAndSaysWhatItMerged() throws {
    let tree = CallTree(realisticProfile(stacks: 3000))
    let text = PictureText(realisticProfile(stacks: 3000))
    for limit in [6_000, 20_000, 40_000] {
      let payload = try payload(Drawing(tree, text), limit: limit)
      let encoded = Base64.encode(payload.bytes)
      #expect(encoded.count <= limit)
      #expect(encoded.count > limit / 4)
      let merged = try #require(payload.merged)
      let read = try PayloadDecoder(base64: encoded)
      #expect(read.tree.allSamples == tree.allSamples)
      #expect(read.tree.count + merged.mergedNodes == tree.count)
      let lost = zip(tree.own, tree.total).filter { $0.1 < tree.allSamples }.count
      #expect(lost > 0 && merged.mergedSamples > 0 && merged.mergedSamples < tree.allSamples)
      #expect(
        read.facts.contains { $0.key == "mergednodes" && $0.value == "\(merged.mergedNodes)" })
      var options = PictureOptions()
      options.payloadLimit = limit
      let svg = try SVGWriter(options: options).bytes(of: Drawing(tree, text))
      #expect(
        String(decoding: svg, as: UTF8.self).contains("in the browser the smallest "))
    }
    #expect(try payload(Drawing(tree, text), limit: nil).merged == nil)
  }

  /// Labels in another font stay within their boxes, and its untrusted name within its attribute.
  @Test func lettersAreThoseAskedFor() throws {
    let folder = try TemporaryFolder()
    var options = largeOptions
    options.fontFamily += ", <b>"
    let bytes = try picture(realisticProfile(stacks: 300), options: options)
    #expect(try Tool.run("xmllint", ["--noout", folder.file("large.svg", bytes)]).status == 0)
    let svg = String(decoding: bytes, as: UTF8.self)
    #expect(
      svg.contains(
        " font-size=\"16\" font-family=\"&quot;DejaVu Sans Mono&quot;, monospace, &lt;b&gt;\">"))
    let geometry = SVGGeometry(boxesWidth: 1160, rows: 2, options: options)
    // 40 letters of 0.6 sizes need 384 pixels; the insets need 8.
    #expect(geometry.columns(inBox: 396) == 40)
    #expect(geometry.top(ofRow: 0) - geometry.top(ofRow: 1) == 26)
  }

  @Test func sameProfileSameBytes() throws {
    #expect(try picture(realisticProfile(stacks: 300)) == picture(realisticProfile(stacks: 300)))
  }

  @Test func renderersDrawIt() throws {
    let folder = try TemporaryFolder()
    for profile in [serverProfile(), hostileProfile(), ProfileBuilder().profile] {
      let file = try folder.file("graph.svg", picture(profile))
      let result = try Tool.run("rsvg-convert", [file])
      #expect(result.status == 0, "\(result.messages)")
      #expect(Array(result.output.prefix(4)) == [0x89, 0x50, 0x4e, 0x47])
    }
  }
}
