// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import FlameGraphs

struct FlameGraphLayoutTests {
  @Test func everyBoxLiesOnItsCaller() {
    let tree = CallTree(realisticProfile(stacks: 300))
    let layout = FlameGraphLayout(tree, width: 1000, minimumWidth: 0)
    #expect(layout.boxes.map(\.node) == Array(0..<tree.count))
    #expect(layout.samplesNotDrawn == 0)
    var open: [FlameGraphLayout.Box] = []
    for box in layout.boxes {
      #expect(box.row == Int(tree.depth[box.node]))
      open.removeLast(open.count - box.row)
      defer { open.append(box) }
      guard let caller = open.last else { continue }
      #expect(caller.left <= box.left)
      #expect(box.left + box.total <= caller.left + caller.total)
    }
  }

  @Test func boxesOfARowDoNotOverlap() {
    let tree = CallTree(realisticProfile(stacks: 300))
    let layout = FlameGraphLayout(tree, width: 1000, minimumWidth: 0.5)
    var ends: [UInt64] = []
    for box in layout.boxes {
      if box.row == ends.count { ends.append(0) }
      #expect(box.left >= ends[box.row])
      ends[box.row] = box.left + box.total
    }
  }

  @Test func narrowBoxesAreLeftOutAndCounted() {
    var builder = ProfileBuilder()
    let program = builder.module("/bin/p")
    let wide = builder.frame("wide", in: program)
    let narrow = builder.frame("narrow", in: program)
    let after = builder.frame("zoo", in: program)
    builder.sample("p", [wide], count: 500)
    builder.sample("p", [narrow, wide], count: 2)
    builder.sample("p", [after], count: 498)
    let tree = CallTree(builder.profile)
    let layout = FlameGraphLayout(tree, width: 100, minimumWidth: 0.5)
    #expect(layout.samplesNotDrawn == 2)
    let names = layout.boxes.map { tree.labels[Int(tree.label[$0.node])].name }
    #expect(names == ["all", "p", "wide", "zoo"])
    // The box `narrow` is left out, and its space stays empty.
    #expect(layout.boxes.map(\.left) == [0, 0, 2, 502])
  }
}
