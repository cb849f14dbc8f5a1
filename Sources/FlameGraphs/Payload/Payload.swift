// SPDX-License-Identifier: Apache-2.0

import Bytes
import Compression
import ProfileModel

/// The data of a picture or page: a tree with facts, encoded and deflated, pruned to a limit.
struct Payload: Sendable {
  /// The deflated payload. A file has it in base64.
  let bytes: [UInt8]
  /// The tree that is in the payload, with what was merged to fit the limit; nil if all frames are
  /// there.
  let merged: PrunedTree?

  /// - Parameters:
  ///   - colours: The colours of the tree's labels.
  ///   - limit: The largest payload in bytes of base64; nil for no limit. Of a single frame it can
  ///     be more.
  init(
    _ drawing: Drawing, _ colours: LabelColours, _ options: PictureOptions, limit: Int?
  ) throws(CompressionError) {
    let tree = drawing.tree
    let encoding = Encoding(drawing: drawing, colours: colours, options: options)
    guard let limit else {
      bytes = try encoding.bytes(of: tree, least: 0, merged: nil)
      merged = nil
      return
    }
    // The first guess is six bytes a node; each further one follows from the result of the last.
    var nodes = min(tree.count, max(1, limit / 6))
    var best: (bytes: [UInt8], pruned: PrunedTree)?
    for _ in 0..<8 {
      let least = nodes == tree.count ? 0 : tree.leastTotal(keeping: nodes)
      let pruned = tree.merging(subtreesBelow: least)
      let bytes = try encoding.bytes(
        of: pruned.tree, least: least, merged: pruned.mergedNodes > 0 ? pruned : nil)
      let count = Base64.encodedCount(bytes.count)
      let isBetter =
        count <= limit && count > best.map { Base64.encodedCount($0.bytes.count) } ?? 0
      if isBetter { best = (bytes, pruned) }
      let isNearlyFull = count <= limit && count * 10 >= limit * 8
      if isNearlyFull || pruned.mergedNodes == 0 && isBetter || !isBetter && best != nil { break }
      let next = Int(0.95 * Double(pruned.tree.count) * Double(limit) / Double(count))
      nodes = max(1, min(next, tree.count))
    }
    let chosen = best?.pruned ?? tree.merging(subtreesBelow: .max)
    if let best {
      bytes = best.bytes
    } else {
      bytes = try encoding.bytes(of: chosen.tree, least: .max, merged: chosen)
    }
    merged = chosen.mergedNodes > 0 ? chosen : nil
  }
}

/// The encoding of a drawing's tree, or of what pruning left of it.
private struct Encoding {
  let drawing: Drawing
  let colours: LabelColours
  let facts: [PayloadFact]

  init(drawing: Drawing, colours: LabelColours, options: PictureOptions) {
    self.drawing = drawing
    self.colours = colours
    facts = PayloadFacts.all(of: drawing, colours, options)
  }

  /// The deflated payload of a tree.
  ///
  /// - Parameter least: The smallest subtree that the tree was pruned to; the two sides of a
  ///   difference are pruned in the same way.
  func bytes(
    of tree: CallTree, least: UInt64, merged: PrunedTree?
  ) throws(CompressionError) -> [UInt8] {
    let facts = self.facts + (merged.map(PayloadFacts.of) ?? [])
    guard let difference = drawing.difference else {
      return try PayloadEncoder.encode(tree, paints: colours.numbers, facts: facts)
    }
    let kept =
      merged == nil ? difference : difference.merging(subtreesBelow: least, of: drawing.tree)
    return try PayloadEncoder.encode(
      kept.after, before: kept.before.own, paints: colours.numbers,
      facts: facts + PayloadFacts.of(kept))
  }
}
