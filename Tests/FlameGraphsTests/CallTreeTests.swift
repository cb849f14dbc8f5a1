// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import FlameGraphs

struct CallTreeTests {
  /// A tree built in the simplest way: a count for every path of labels.
  private func bruteForce(_ profile: Profile) -> [[CallTree.Label]: UInt64] {
    var totals: [[CallTree.Label]: UInt64] = [:]
    func label(_ name: String, _ kind: BoxKind) -> CallTree.Label {
      let visible = VisibleText.of(name, keepingTabs: true)
      return CallTree.Label(name: visible.isEmpty ? "[unknown]" : visible, kind: kind)
    }
    for sample in profile.samples {
      let stack = profile.stacks[sample.stack]
      var path = [label("all", .all), label(sample.comm, .thread)]
      if let truncation = stack.truncation { path.append(label(truncation.frameName, .truncated)) }
      path += stack.frames.reversed().map { index in
        let frame = profile.frames[index]
        return label(profile.functions[frame.function].name, BoxKind(profile.kind(of: frame)))
      }
      for length in 1...path.count {
        totals[Array(path.prefix(length)), default: 0] += sample.count
      }
    }
    return totals
  }

  private func paths(_ tree: CallTree) -> [[CallTree.Label]: UInt64] {
    var totals: [[CallTree.Label]: UInt64] = [:]
    var path: [CallTree.Label] = []
    for node in tree.nodes {
      path.removeLast(path.count - Int(node.depth))
      path.append(tree.labels[Int(node.label)])
      totals[path] = node.total
    }
    return totals
  }

  @Test func equalsTheBruteForceTree() {
    for profile in [serverProfile(), hostileProfile(), realisticProfile(stacks: 300)] {
      let tree = CallTree(profile)
      #expect(paths(tree) == bruteForce(profile))
      #expect(paths(tree).count == tree.nodes.count)
    }
  }

  @Test func totalsAreConserved() {
    for profile in [serverProfile(), hostileProfile(), realisticProfile(stacks: 300)] {
      let tree = CallTree(profile)
      #expect(tree.total == profile.totalCount)
      #expect(tree.nodes.reduce(0) { $0 + $1.own } == profile.totalCount)
      var below = tree.nodes.map(\.own)
      for node in tree.nodes.dropFirst() { below[Int(node.parent)] += node.total }
      #expect(below == tree.nodes.map(\.total))
    }
  }

  @Test func siblingsAreInOrderOfTheirNames() {
    let tree = CallTree(realisticProfile(stacks: 300))
    var last: [Int32: String] = [:]
    for node in tree.nodes.dropFirst() {
      let name = tree.labels[Int(node.label)].name
      if let before = last[node.parent] {
        #expect(!name.utf8.lexicographicallyPrecedes(before.utf8))
      }
      last[node.parent] = name
    }
  }

  @Test func theOrderOfSamplesDoesNotMatter() {
    var shuffled = realisticProfile(stacks: 300)
    shuffled.samples.reverse()
    #expect(paths(CallTree(shuffled)) == paths(CallTree(realisticProfile(stacks: 300))))
  }

  @Test func oneNameInUserSpaceAndInTheKernelStaysTwo() {
    var builder = ProfileBuilder()
    let frames = [
      builder.frame("memcpy", in: builder.module("/lib/libc.so.6")),
      builder.frame("memcpy", in: builder.module("[kernel.kallsyms]", .kernel)),
    ]
    for frame in frames { builder.sample("p", [frame], count: 1) }
    #expect(CallTree(builder.profile).nodes.map(\.depth) == [0, 1, 2, 2])
  }

  @Test func nothingSampledIsOneNode() {
    let tree = CallTree(ProfileBuilder().profile)
    #expect(tree.nodes.count == 1)
    #expect(tree.total == 0)
  }

  @Test func deepStacks() {
    let tree = CallTree(deepProfile(depth: 2000))
    // The root, the thread, what was cut off, the frames.
    #expect(tree.nodes.count == 2003)
    #expect(tree.nodes.last?.depth == 2002)
    #expect(tree.nodes.allSatisfy { $0.total == 500 })
  }
}
