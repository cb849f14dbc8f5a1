// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import FlameGraphs

/// The numbers around the boxes, in the unit of the metric or in the user's words.
struct AmountTests {
  @Test(arguments: [
    (UInt64(7), "7 ns"), (3_010, "3.0 µs"), (2_000_000, "2.0 ms"), (1_230_000_000, "1.23 s"),
  ])
  func timesHaveAUnitThatFits(nanoseconds: UInt64, shown: String) {
    let text = PictureText(title: "t", metric: Metric(countName: "nanoseconds"))
    #expect(text.amount(nanoseconds) == shown)
  }

  @Test func theUsersNameIsShownInsteadOfTheUnit() throws {
    let profile = try #require(twoMetricsProfile().showing("alloc"))
    var options = PictureOptions()
    options.countName = "objects"
    let svg = String(decoding: try SVGWriter(options: options).bytes(of: profile), as: UTF8.self)
    #expect(svg.contains("total 4,194,304 objects"))
  }

  /// Both where samples stand for a time and where nothing is known of them.
  @Test(arguments: [[Metric.clock(pace: .frequency(99))], [.samples]])
  func aPictureThatWasReadKeepsTheUsersName(metrics: [Metric]) throws {
    var profile = serverProfile()
    profile.session.metrics = metrics
    var options = PictureOptions()
    options.countName = "bananas"
    var reader = MarkupReader()
    var collector = ProfileCollector(Session())
    try reader.read(SVGWriter(options: options).bytes(of: profile), into: &collector)
    try reader.finish(into: &collector)
    let text = PictureText(reader.facts, total: 1000, PictureOptions())
    #expect(text.amount(1000) == "1,000 bananas")
    #expect(reader.facts.session.target == profile.session.target)
  }
}
