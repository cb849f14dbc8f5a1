// SPDX-License-Identifier: Apache-2.0

import Compression

/// The data of a picture or page, as text for its file.
struct Payload: Sendable {
  /// Base64.
  let text: [UInt8]
  /// What did not fit, if there was a limit.
  let merged: PrunedTree?

  /// - Parameter limit: Bytes of base64 at most; nil for no limit.
  init(_ tree: CallTree, _ text: PictureText, limit: Int?) throws(CompressionError) {
    let palette = Palette()
    func encode(_ tree: CallTree, _ merged: PrunedTree?) throws(CompressionError) -> [UInt8] {
      Base64.encode(
        try PayloadEncoder.encode(tree, facts: Self.facts(text.fitted, palette, merged)))
    }
    guard let limit else {
      self.text = try encode(tree, nil)
      merged = nil
      return
    }
    // Nodes weigh more where fewer share a name, so each try learns from the one before it.
    var nodes = min(tree.count, limit / 2)
    for _ in 0..<12 {
      let least = nodes == tree.count ? 0 : tree.leastTotal(keeping: nodes)
      let pruned = tree.merging(subtreesBelow: least)
      let encoded = try encode(pruned.tree, pruned.mergedNodes > 0 ? pruned : nil)
      if encoded.count <= limit || pruned.tree.count == 1 {
        self.text = encoded
        merged = pruned.mergedNodes > 0 ? pruned : nil
        return
      }
      nodes = min(
        Int(0.95 * Double(pruned.tree.count) * Double(limit) / Double(encoded.count)),
        pruned.tree.count - 1)
    }
    let root = tree.merging(subtreesBelow: .max)
    self.text = try encode(root.tree, root)
    merged = root
  }

  private static func facts(
    _ text: PictureText, _ palette: Palette, _ merged: PrunedTree?
  ) -> [(key: StaticString, value: String)] {
    let colours = palette.paints.map { paint in
      String(decoding: paint.fill.hexadecimal.dropFirst(), as: UTF8.self)
        + (paint.text == .white ? "w" : "k")
    }
    var facts: [(key: StaticString, value: String)] =
      [("title", text.title)] + text.subtitle.map { ("subtitle", $0) } + [
        ("warning", text.warning), ("countname", text.countName),
        ("period", text.nanosecondsPerCount == 0 ? "" : String(text.nanosecondsPerCount)),
        ("palette", colours.joined(separator: " ")), ("hues", String(Palette.hues)),
        ("shades", String(Palette.shades)),
      ]
    for kind in BoxKind.allCases {
      if let legend = kind.legend { facts.append(("legend", "\(kind.rawValue) \(legend)")) }
    }
    if let merged {
      facts.append(("mergednodes", String(merged.mergedNodes)))
      facts.append(("mergedsamples", String(merged.mergedSamples)))
    }
    return facts
  }
}
