// SPDX-License-Identifier: Apache-2.0

import Bytes
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
        let payload = try Payload(
          tree, PictureText(profile), LabelColours(tree, .files), limit: nil)
        let read = try PayloadDecoder(base64: payload.text)
        #expect(same(read.tree, tree))
        #expect(read.facts.contains { $0.key == "countname" && $0.value == "samples" })
      }
    }
  }

  @Test func timesReadBackToTheMicrosecond() throws {
    let tree = CallTree(timedServerProfile(), grouping: .processesAndThreads, keepsTimes: true)
    #expect(tree.ticks.count == 970)
    let text = try Payload(
      tree, PictureText(timedServerProfile()), LabelColours(tree, .files), limit: nil
    ).text
    let read = try PayloadDecoder(base64: text).tree
    #expect(read.ticks.map(\.time) == tree.ticks.map { $0.time / 1000 * 1000 })
    #expect(read.ticks.map(\.node) == tree.ticks.map(\.node))
    var builder = CallTreeBuilder(.processesAndThreads, keepsTimes: true)
    read.send(to: &builder)
    #expect(Set(builder.finish().ticks) == Set(read.ticks))
  }

  /// A tree that was told to a builder gives itself.
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

  /// Whatever a stranger changes, it is an error or another tree, never a trap.
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

  @Test(arguments: [0, 1, 2, 3, 4, 100])
  func base64(length: Int) {
    let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37) }
    #expect(Base64.decode(Base64.encode(bytes)) == bytes)
  }

  @Test func base64IsTheStandards() {
    #expect(
      String(decoding: Base64.encode(Array("any carnal pleas".utf8)), as: UTF8.self)
        == "YW55IGNhcm5hbCBwbGVhcw==")
  }

  @Test func theViewerIsSmall() throws {
    let viewer = try Viewer()
    let loader = Viewer.bytes(Viewer.loader).count
    #expect(viewer.script.count + viewer.style.count + loader <= 40_000)
  }
}
