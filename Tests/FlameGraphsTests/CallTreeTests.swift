// SPDX-License-Identifier: Apache-2.0

import ProfileModel
import TestSupport
import Testing

@testable import FlameGraphs

struct CallTreeTests {
  /// The tree in its simplest form: a count for every path of labels.
  private func bruteForce(_ profile: Profile) -> [[CallTree.Label]: UInt64] {
    var totals: [[CallTree.Label]: UInt64] = [:]
    func visible(_ text: String) -> String {
      VisibleText.of(LabelCutting.cut(text, toBytes: LabelTable.longestText))
    }
    func label(
      _ name: String, _ kind: BoxKind, module: String = "", file: String = "", line: Int32 = 0
    ) -> CallTree.Label {
      CallTree.Label(
        name: name.isEmpty ? "[unknown]" : visible(name), kind: kind, module: visible(module),
        file: visible(file), line: line)
    }
    for sample in profile.samples {
      let stack = profile.stacks[sample.stack]
      var path = [label("all", .all), label(sample.comm, .thread, line: -1)]
      if let truncation = stack.truncation { path.append(label(truncation.frameName, .truncated)) }
      path += stack.frames.reversed().map { index in
        let frame = profile.frames[index]
        let function = profile.functions[frame.function]
        let module = profile.modules[frame.module]
        return label(
          function.name, BoxKind(profile.kind(of: frame)),
          module: module.kind == .unknown ? "" : module.name, file: function.file,
          line: Int32(function.startLine))
      }
      for length in 1...path.count {
        totals[Array(path.prefix(length)), default: 0] += profile.count(of: sample)
      }
    }
    return totals
  }

  private func paths(_ tree: CallTree) -> [[CallTree.Label]: UInt64] {
    var totals: [[CallTree.Label]: UInt64] = [:]
    var path: [CallTree.Label] = []
    for node in 0..<tree.count {
      path.removeLast(path.count - Int(tree.depth[node]))
      path.append(tree.labels[Int(tree.label[node])])
      totals[path] = tree.total[node]
    }
    return totals
  }

  @Test func equalsTheBruteForceTree() {
    for profile in [serverProfile(), hostileProfile(), realisticProfile(stacks: 300)] {
      let tree = CallTree(profile)
      #expect(paths(tree) == bruteForce(profile))
      #expect(paths(tree).count == tree.count)
    }
  }

  @Test func totalsAreConserved() {
    for profile in [serverProfile(), hostileProfile(), realisticProfile(stacks: 300)] {
      for grouping in [CallTreeBuilder.Grouping.threadNames, .processesAndThreads] {
        let tree = CallTree(profile, grouping: grouping)
        #expect(tree.allSamples == profile.totalCount)
        #expect(tree.own.reduce(0, +) == profile.totalCount)
        for node in 0..<tree.count {
          var end = node + 1
          while end < tree.count && tree.depth[end] > tree.depth[node] { end += 1 }
          #expect(tree.own[node..<end].reduce(0, +) == tree.total[node])
        }
      }
    }
  }

  @Test func siblingsAreInOrderOfTheirNames() {
    let tree = CallTree(realisticProfile(stacks: 300))
    var last: [String] = []
    for node in 0..<tree.count {
      let depth = Int(tree.depth[node])
      let name = tree.labels[Int(tree.label[node])].name
      if depth < last.count { #expect(!name.utf8.lexicographicallyPrecedes(last[depth].utf8)) }
      last.removeLast(max(0, last.count - depth))
      last.append(name)
    }
  }

  @Test func processesAndThreadsStandByThemselves() {
    let tree = CallTree(serverProfile(), grouping: .processesAndThreads)
    var groups: [String] = []
    for node in 0..<tree.count {
      let label = tree.labels[Int(tree.label[node])]
      if label.kind == .process || label.kind == .thread {
        groups.append("\(label.kind) \(label.name) \(label.line) \(tree.total[node])")
      }
    }
    #expect(
      groups == [
        "process kswapd0 7 100", "thread kswapd0 7 100", "process server 42 900",
        "thread io worker 1 44 150", "thread server 42 715", "thread server 43 35",
      ])
  }

  /// A CPU's box holds the boxes of its threads, or of their processes.
  @Test func whatSamplesAreKeptApartByStandsBelowTheirThreads() {
    let profile = splitServerProfile()
    for grouping in [
      CallTreeBuilder.Grouping.threadNames, .threads, .processesAndThreads,
    ] {
      let tree = CallTree(profile, grouping: grouping)
      let groups = tree.children(of: 0)
      #expect(
        groups.map { tree.labels[Int(tree.label[$0])].name }
          == ["cgroup /a;b", grouping == .threads ? "kswapd0-7/7" : "kswapd0"])
      for cpu: Int32 in [0, 1] {
        let node = tree.children(of: groups[0]).first {
          tree.labels[Int(tree.label[$0])].name == "CPU \(cpu)"
        }
        let samples = profile.samples.filter { $0.group.cpu == cpu }
        #expect(node.map { tree.total[$0] } == samples.map { $0.values[0] }.reduce(0, +))
      }
    }
    let names = CallTree(profile, grouping: .threads).labels.map(\.name)
    #expect(names.contains("server-42/43"))
  }

  /// Counts of several inputs can add up to more than an integer holds.
  @Test func countsAreHeldAtWhatJavaScriptCounts() {
    var builder = CallTreeBuilder()
    let frame = builder.number(of: FrameDescription(name: "f", kind: .user))
    for _ in 0..<3 { builder.add(thread: -1, truncation: nil, path: [frame], values: [.max]) }
    #expect(builder.finish().allSamples == 1 << 53)
  }

  @Test func theOrderOfSamplesDoesNotMatter() {
    var shuffled = realisticProfile(stacks: 300)
    shuffled.samples.reverse()
    #expect(paths(CallTree(shuffled)) == paths(CallTree(realisticProfile(stacks: 300))))
  }

  @Test func oneNameInTwoModulesStaysTwo() {
    var builder = ProfileBuilder()
    for path in ["/lib/a.so", "/lib/b.so"] {
      builder.sample("p", [builder.frame("init", in: builder.module(path))], count: 1)
    }
    #expect(CallTree(builder.profile).depth == [0, 1, 2, 2])
  }

  @Test func oneNameInUserSpaceAndInTheKernelStaysTwo() {
    var builder = ProfileBuilder()
    let frames = [
      builder.frame("memcpy", in: builder.module("/lib/libc.so.6")),
      builder.frame("memcpy", in: builder.module("[kernel.kallsyms]", .kernel)),
    ]
    for frame in frames { builder.sample("p", [frame], count: 1) }
    #expect(CallTree(builder.profile).depth == [0, 1, 2, 2])
  }

  @Test func nothingSampledIsOneNode() {
    let tree = CallTree(ProfileBuilder().profile)
    #expect(tree.count == 1)
    #expect(tree.allSamples == 0)
  }

  @Test func deepStacks() {
    let tree = CallTree(deepProfile(depth: 2000))
    // The root, the thread, the truncation, the frames.
    #expect(tree.count == 2003)
    #expect(tree.depth.last == 2002)
    #expect(tree.total.allSatisfy { $0 == 500 })
  }
}
