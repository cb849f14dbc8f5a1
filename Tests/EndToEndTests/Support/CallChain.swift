// SPDX-License-Identifier: Apache-2.0

import Testing

/// Adjacent frames, root to leaf.
struct CallChain: Sendable {
  /// Nil matches any one frame: names in the C library depend on the debug files of the machine.
  var frames: [String?]

  init(_ frames: [String?]) {
    self.frames = frames
  }

  /// From `_start` through the two frames of the C library that lead to main.
  init(belowMain frames: [String?]) {
    self.frames = ["_start", nil, nil, "main"] + frames
  }

  /// Whether `stack` has this chain from index `start` on.
  func isIn(_ stack: [String], at start: Int) -> Bool {
    start + frames.count <= stack.count
      && zip(frames, stack[start...]).allSatisfy { $0 == nil || $0 == $1 }
  }
}

extension FoldedStacks {
  /// Samples whose stack begins with this chain.
  func count(fromRoot chain: CallChain) -> Int {
    samples { chain.isIn($0.frames, at: 0) }
  }

  /// Samples whose stack has these frames in this order, others between them.
  func count(inOrder names: [String]) -> Int {
    samples { line in
      var rest = line.frames[...]
      return names.allSatisfy { name in
        guard let index = rest.firstIndex(where: { $0 == name || $0.hasPrefix(name + "(") }) else {
          return false
        }
        rest = rest[(index + 1)...]
        return true
      }
    }
  }
}

/// Expects that each chain's leaf has at least this share of the samples, and that nearly all of these
/// are in the whole chain, from the root on.
func expectChains(
  _ chains: [CallChain], in run: RecordedRun, atLeast share: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  for chain in chains {
    let inLeaf = run.folded.count(of: try #require(chain.frames.last ?? nil))
    expectMost(inLeaf, of: run.folded.total, atLeast: share, sourceLocation: sourceLocation)
    expectMost(
      run.folded.count(fromRoot: chain), of: inLeaf, atLeast: 0.98, sourceLocation: sourceLocation)
  }
}
