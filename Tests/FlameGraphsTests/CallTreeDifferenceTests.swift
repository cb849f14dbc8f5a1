// SPDX-License-Identifier: Apache-2.0

import Bytes
import ProfileModel
import TestSupport
import Testing

@testable import FlameGraphs

struct CallTreeDifferenceTests {
  private func difference(
    _ before: Profile, _ after: Profile, _ basis: CallTreeDifference.Basis = .shares
  ) -> CallTreeDifference {
    CallTreeDifference(before: CallTree(before), after: CallTree(after), basis: basis)
  }

  /// The samples of each path, the simplest form of a tree.
  private func paths(_ tree: CallTree) -> [[CallTree.Label]: UInt64] {
    var path: [CallTree.Label] = []
    var paths: [[CallTree.Label]: UInt64] = [:]
    for node in 0..<tree.count {
      path.removeLast(path.count - Int(tree.depth[node]))
      path.append(tree.labels[Int(tree.label[node])])
      #expect(paths[path] == nil, "a node stands twice")
      paths[path] = tree.own[node]
    }
    return paths
  }

  @Test func hasThePathsOfBothAndTheirSamples() {
    let profiles = [
      serverProfile(), changedServerProfile(), hostileProfile(), realisticProfile(stacks: 300),
      realisticProfile(stacks: 100), deepProfile(depth: 300), ProfileBuilder().profile,
    ]
    for before in profiles {
      for after in profiles {
        let union = difference(before, after)
        let (old, new) = (paths(CallTree(before)), paths(CallTree(after)))
        let (unionOld, unionNew) = (paths(union.before), paths(union.after))
        let all = Set(old.keys).union(new.keys)
        #expect(Set(unionOld.keys) == all && Set(unionNew.keys) == all)
        #expect(all.allSatisfy { unionOld[$0] == old[$0, default: 0] })
        #expect(all.allSatisfy { unionNew[$0] == new[$0, default: 0] })
        // The order of siblings is that of a tree that was made of both.
        var builder = CallTreeBuilder()
        before.send(to: &builder)
        after.send(to: &builder)
        let together = builder.finish()
        #expect(together.depth == union.after.depth)
        #expect(
          together.label.map { together.labels[Int($0)] }
            == union.after.label.map { union.after.labels[Int($0)] })
      }
    }
  }

  /// Two recordings hit a function without a name at different addresses: it is one box, and did not
  /// change; nor is it the same as a bare address.
  @Test func functionsWithoutANameAreJoined() {
    let changes = difference(strippedProfile(), strippedProfile(shift: 4)).functionChanges()
    #expect(
      Set(changes.map(\.label.name)) == [
        "cc1plus+0x1200()", "cc1plus+0x8a1f30()", "cc1plus+0x8a1f30",
      ])
    #expect(changes.allSatisfy { $0.own.delta == 0 && $0.total.delta == 0 })
  }

  @Test func sidesAreHalfThePictureEach() {
    let union = difference(serverProfile(), changedServerProfile())
    let widths = union.widths()
    #expect(abs(Double(widths.allSamples) / 0x1p40 - 1) < 1e-6)
    for node in 0..<widths.count {
      let change = union.change(of: node)
      let share = Double(widths.total[node]) / Double(widths.allSamples)
      #expect(abs(share - (change.before + change.after) / 2) < 1e-6)
      #expect(widths.total[node] > 0, "a path is out of sight")
    }
  }

  /// Untrusted counts can be as large as integers are.
  @Test func widthsAreBounded() {
    var builder = ProfileBuilder()
    let frame = builder.frame("f", in: builder.module("m"))
    builder.sample("a", [frame], count: .max)
    let huge = builder.profile
    for basis in [
      CallTreeDifference.Basis.shares, .counts, .cpuTime(before: .max, after: 1),
    ] {
      #expect(difference(huge, huge, basis).widths().allSamples <= 1 << 41)
      let empty = difference(ProfileBuilder().profile, ProfileBuilder().profile, basis)
      #expect(empty.widths().allSamples == 0)
      #expect(empty.change(of: 0).isNoise)
    }
  }

  /// Hand-computed: 40 of 1,000 and 60 of 1,000 differ by 0.02, two sigma are 0.0195; 41 and 60 by
  /// 0.019, two sigma are 0.01958.
  @Test func twoSigmaPartNoiseFromChange() {
    func change(_ before: Double, _ after: Double) -> Change {
      Change(before: before, after: after, allBefore: 1000, allAfter: 1000, basis: .shares)
    }
    #expect(!change(40, 60).isNoise)
    #expect(change(41, 60).isNoise)
    #expect(change(60, 41).isNoise)
    #expect(change(1, 0).isNoise && change(0, 2).isNoise)
    #expect(change(0, 0).isNoise && change(1000, 1000).isNoise)
    #expect(change(0, 9).isNew && !change(0, 1).isNew && !change(1, 30).isNew)
    #expect(change(9, 0).isGone && !change(30, 1).isGone)
  }

  /// Two recordings of the same program: about one in twenty of its parts differs by more than two sigma.
  @Test func ofTheSameProgramMostIsNoise() {
    var random = SeededGenerator(state: 11)
    var beyond = 0
    for _ in 0..<2_000 {
      var counts = (0.0, 0.0)
      for _ in 0..<400 where random.next() % 10 == 0 { counts.0 += 1 }
      for _ in 0..<900 where random.next() % 10 == 0 { counts.1 += 1 }
      let change = Change(
        before: counts.0, after: counts.1, allBefore: 400, allAfter: 900, basis: .shares)
      if !change.isNoise { beyond += 1 }
    }
    #expect((40...160).contains(beyond), "\(beyond) of 2,000")
  }

  @Test func amountsAreTimesNotShares() {
    // Twice as long at half the rate: the same samples are twice the time.
    let change = Change(
      before: 100, after: 100, allBefore: 1000, allAfter: 1000,
      basis: .cpuTime(before: 10_000_000, after: 20_000_000))
    #expect(change.before == 1e9 && change.after == 2e9 && !change.isNoise)
    let counts = Change(
      before: 100, after: 130, allBefore: 1000, allAfter: 1030, basis: .counts)
    // 30 against 2·√230 = 30.3.
    #expect(counts.delta == 30 && counts.isNoise)
  }

  @Test func functionsThatChangedMostComeFirst() throws {
    let changes = difference(serverProfile(), changedServerProfile()).functionChanges()
    let first = try #require(changes.first)
    #expect(first.label.name == "cache_lookup")
    #expect(first.own.before == 0 && abs(first.own.after - 0.58) < 1e-9)
    let deltas = changes.map { abs($0.own.delta) }
    #expect(deltas == deltas.sorted(by: >))
    #expect(changes.contains { $0.label.name == "cache_lookup" && $0.total.isNew })
    #expect(changes.contains { $0.label.name == "is_blank" && $0.total.isGone })
  }

  // MARK: Picture

  @Test func colorsCanBeReadAndTold() {
    let paints = DifferencePalette().paints
    #expect(Set(paints.map(\.fill)).count == 11)
    for paint in paints { #expect(paint.fill.contrast(with: paint.text) >= 4.5) }
    for (number, paint) in paints.enumerated() where number != DifferencePalette.same {
      // Readers who cannot distinguish red and green see blue and yellow: less is bluer, more is
      // yellower.
      let yellow = (Int(paint.fill.red) + Int(paint.fill.green)) / 2
      let isLess = number < DifferencePalette.same
      #expect(isLess ? Int(paint.fill.blue) > yellow + 10 : Int(paint.fill.blue) < yellow - 10)
    }
    #expect(DifferencePalette.legend.flatMap { Array($0.numbers) } == Array(0..<11))
  }

  @Test func colorsFollowTheChange() {
    func number(_ before: Double, _ after: Double) -> Int {
      DifferencePalette.number(
        of: Change(
          before: before, after: after, allBefore: 100_000, allAfter: 100_000, basis: .shares))
    }
    #expect(number(1000, 1010) == 5)
    #expect([1200, 1700, 4000, 9000].map { number(1000, $0) } == [6, 7, 8, 9])
    #expect([1200, 1700, 4000, 9000].map { number($0, 1000) } == [4, 3, 2, 1])
    #expect(number(0, 500) == DifferencePalette.new && number(500, 0) == DifferencePalette.gone)
  }

  @Test func golden() throws {
    let whole = String(decoding: try differencePicture(), as: UTF8.self)
    let drawn = whole[..<(try #require(whole.firstRange(of: "<metadata"))).lowerBound]
    try Golden.compare(Array(drawn.utf8), with: "difference.svg")
    for part in [">+ cache_lookup<", ">− is_blank<", "before 1,000 samples, after 2,000 samples"] {
      #expect(drawn.contains(part), "\(part)")
    }
  }

  @Test func hostileNamesAreText() throws {
    let folder = try TemporaryFolder()
    let union = difference(hostileProfile(), serverProfile())
    let text = PictureText(hostileProfile())
    let file = try folder.file("d.svg", SVGWriter().bytes(of: Drawing(union, text)))
    let result = try Tool.run("xmllint", ["--noout", file])
    #expect(result.status == 0 && result.messages.isEmpty, "\(result.messages)")
  }

  /// Both sides are pruned in the same way, and the file reads back as its `after` side.
  @Test(arguments: [nil, 12_000]) func payloadHasBothSides(limit: Int?) throws {
    let union = difference(realisticProfile(stacks: 600), realisticProfile(stacks: 500))
    let payload = try payload(Drawing(union, PictureText(title: "d")), limit: limit)
    let encoded = Base64.encode(payload.bytes)
    #expect((payload.merged == nil) == (limit == nil))
    #expect(encoded.count <= limit ?? .max)
    let read = try PayloadDecoder(base64: encoded)
    #expect(read.tree.allSamples == union.after.allSamples)
    #expect(read.tree.count == union.after.count - (payload.merged?.mergedNodes ?? 0))
    #expect(read.facts.contains { $0.key == "difference" && $0.value == "shares" })
  }
}
