// SPDX-License-Identifier: Apache-2.0

import Bytes
import Compression
import ProfileModel
import TestSupport
import Testing

@testable import FlameGraphs

struct PayloadTests {
  private func same(_ a: CallTree, _ b: CallTree) -> Bool {
    func labels(_ tree: CallTree) -> [CallTree.Label] { tree.label.map { tree.labels[Int($0)] } }
    return labels(a) == labels(b) && a.depth == b.depth && a.own == b.own && a.total == b.total
  }

  @Test func readsBackAsWritten() throws {
    for profile in [
      serverProfile(), hostileProfile(), realisticProfile(stacks: 400), deepProfile(depth: 2000),
      ProfileBuilder().profile,
    ] {
      for grouping in [CallTreeBuilder.Grouping.threadNames, .processesAndThreads] {
        let tree = CallTree(profile, grouping: grouping)
        let payload = try payload(Drawing(tree, PictureText(profile)), limit: nil)
        let read = try PayloadDecoder(base64: Base64.encode(payload.bytes))
        #expect(same(read.tree, tree))
        #expect(read.facts.contains { $0.key == "countname" && $0.value == "samples" })
      }
    }
  }

  /// Where in a function without a name its frames are is a fact for the tooltip.
  @Test func offsetsInFunctionsWithoutAName() throws {
    let tree = CallTree(strippedProfile())
    #expect(tree.functionCosts().map(\.own) == [55, 5, 0])
    let payload = try payload(Drawing(tree, PictureText(strippedProfile())), limit: nil)
    let read = try PayloadDecoder(base64: Base64.encode(payload.bytes))
    #expect(
      read.facts.filter { $0.key == "offsets" }.map(\.value) == [
        "3 0,2,1b4 cc1plus+0x8a1f30()", "1 10 cc1plus+0x1200()",
      ])
    #expect(same(read.tree, tree))
  }

  @Test func timesReadBackToTheMicrosecond() throws {
    let tree = CallTree(timedServerProfile(), grouping: .processesAndThreads, keepsTimes: true)
    #expect(tree.ticks.count == 970)
    let payload = try payload(Drawing(tree, PictureText(timedServerProfile())), limit: nil)
    let read = try PayloadDecoder(base64: Base64.encode(payload.bytes)).tree
    #expect(read.ticks.map(\.time) == tree.ticks.map { $0.time / 1000 * 1000 })
    #expect(read.ticks.map(\.node) == tree.ticks.map(\.node))
    var builder = CallTreeBuilder(.processesAndThreads, keepsTimes: true)
    read.send(to: &builder)
    #expect(Set(builder.finish().ticks) == Set(read.ticks))
  }

  /// A builder that gets the samples of a tree makes the same tree.
  @Test func aTreeIsAsGoodAsAProfile() {
    for profile in [
      serverProfile(), splitServerProfile(), realisticProfile(stacks: 400),
      deepProfile(depth: 2000),
    ] {
      for grouping in [CallTreeBuilder.Grouping.threadNames, .threads, .processesAndThreads] {
        let tree = CallTree(profile, grouping: grouping)
        var builder = CallTreeBuilder(grouping)
        tree.send(to: &builder)
        #expect(same(builder.finish(), tree))
      }
    }
  }

  /// Changed bytes are an error or another tree, never a trap.
  @Test func brokenBytesAreAnError() throws {
    let tree = CallTree(timedServerProfile(), keepsTimes: true)
    let whole = PayloadEncoder.uncompressed(
      tree, paints: LabelColours(tree, .files).numbers, facts: [("title", "t")])
    for length in 0..<whole.count {
      #expect(throws: PayloadError.self) { try PayloadDecoder(Array(whole.prefix(length))) }
    }
    var random = SeededGenerator(state: 7)
    for _ in 0..<5_000 {
      var changed = whole
      for _ in 0...random.next() % 3 {
        changed[Int(random.next() % UInt64(whole.count))] = UInt8(
          truncatingIfNeeded: random.next() >> 24)
      }
      if let decoder = try? PayloadDecoder(changed) {
        var builder = CallTreeBuilder()
        decoder.tree.send(to: &builder)
        #expect(builder.finish().count > 0)
      }
    }
  }

  /// The values of all metrics are in the payload, whole and pruned; a tree of one metric has no others.
  /// A picture of 3 MB took 2 GB of memory.
  @Test func whatInflatesWithoutEndIsRefused() throws {
    for size in [64 << 20, 7 << 20] {
      // A node and a label, and then names that are all empty.
      var bytes: [UInt8] = [1, 1, 1, 8, 0, 1, 1, 4]
      LEB128.encode(UInt64(size)) { bytes.append($0) }
      bytes += [0, 0, 0, 0, 0, 0, 0, 0, 0]
      bytes += [UInt8](repeating: UInt8(ascii: "\n"), count: size)
      let deflated = try Deflate.compress(bytes, as: .zlib)
      let expected = size > 8 << 20 ? PayloadError.tooLarge : .broken
      #expect(throws: expected) { try PayloadDecoder(base64: Base64.encode(deflated)) }
    }
  }

  @Test func furtherMetricsReadBackAsWritten() throws {
    let profile = twoMetricsProfile()
    let tree = CallTree(profile)
    #expect(tree.allSamples == 1000)
    #expect(tree.further.map(\.metric.name) == ["alloc"])
    for drawing in [Drawing(tree, PictureText(profile))] {
      for limit in [nil, 500_000] {
        let payload = try payload(drawing, limit: limit)
        let decoder = try PayloadDecoder(base64: Base64.encode(payload.bytes))
        #expect(same(decoder.tree, tree))
        #expect(decoder.metric.name == "cpu" && decoder.metric.unitsPerCount == 10_101_010)
        #expect(decoder.tree.further.map(\.own) == tree.further.map(\.own))
        #expect(decoder.tree.further.map(\.metric.unit) == [.bytes])
      }
    }
    let pruned = tree.merging(subtreesBelow: 500).tree
    #expect(pruned.further[0].own.reduce(0, +) == 4 << 20)
    var collector = ProfileCollector(profile.session)
    tree.send(profile.session.metrics[0], to: &collector)
    let read = collector.finish()
    #expect(read.session.metrics.map(\.name) == ["cpu", "alloc"])
    #expect([read.total(of: 0), read.total(of: 1)] == [1000, 4 << 20])
    var single = CallTreeBuilder()
    profile.send(to: &single)
    #expect(single.finish().further.isEmpty)
  }

  /// The shown metric decides widths, title and total of the same samples.
  @Test func theShownMetricIsTheCallers() throws {
    let profile = try #require(twoMetricsProfile().showing("alloc"))
    let svg = String(decoding: try SVGWriter().bytes(of: profile), as: UTF8.self)
    #expect(svg.contains("<title>alloc flame graph: PID 42 (server)</title>"))
    #expect(svg.contains("total 4.0 MiB") && svg.contains(">cache<") && !svg.contains(">compute<"))
  }

  /// Only times on a CPU are called so; what reads the picture gets target and metric back.
  @Test func headingsNameOtherTimes() throws {
    let metrics: [(metric: Metric, heading: String)] = [
      (.clock(pace: .frequency(99)), "CPU"), (.samples, "CPU"),
      (Metric(name: "cpu", unit: .nanoseconds), "CPU"),
      (Metric(name: "time", unit: .nanoseconds), "CPU"),
      (Metric(name: "futex-wait", unit: .nanoseconds), "futex-wait"),
      (.clock("wall", pace: .frequency(99)), "wall"), (.event("page-faults"), "page-faults"),
      (Metric(name: "alloc", unit: .bytes), "alloc"),
    ]
    for (metric, heading) in metrics {
      var profile = serverProfile()
      profile.session.metrics = [metric]
      let svg = try SVGWriter().bytes(of: profile)
      let title = "\(heading) flame graph: PID 42 (server)"
      #expect(String(decoding: svg, as: UTF8.self).contains("<title>\(title)</title>"))
      var reader = MarkupReader()
      var collector = ProfileCollector(Session())
      try reader.read(svg, into: &collector)
      try reader.finish(into: &collector)
      if metric.unit == .nanoseconds {
        #expect(reader.facts.session.target == "PID 42 (server)")
        #expect(reader.facts.session.metric.unitsPerCount == metric.unitsPerCount)
      }
    }
  }

  /// A metric in which no sample has a value gives empty pictures, and no failure.
  @Test func aMetricWithoutValuesCanBeDrawn() throws {
    var profile = twoMetricsProfile()
    for sample in profile.samples.indices { profile.samples[sample].values[0] = 0 }
    #expect(profile.metricsWithValues.map(\.name) == ["alloc"] && profile.totalCount == 0)
    for writer in Pictures.writers() { #expect(try !writer.bytes(of: profile).isEmpty) }
    for sample in profile.samples.indices { profile.samples[sample].values[1] = 0 }
    #expect(profile.metricsWithValues.isEmpty)
  }

  @Test func theViewerIsSmall() throws {
    let viewer = try Viewer()
    let loader = Viewer.bytes(Viewer.loader).count
    #expect(viewer.script.count + viewer.style.count + loader <= 40_000)
  }
}
