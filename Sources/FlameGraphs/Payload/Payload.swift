// SPDX-License-Identifier: Apache-2.0

import Bytes
import Compression
import ProfileModel

/// The data of a picture or page, as text for its file.
struct Payload: Sendable {
  /// Base64.
  let text: [UInt8]
  /// What did not fit, if there was a limit.
  let merged: PrunedTree?

  /// - Parameters:
  ///   - tree: As it is laid out: of a difference its widths.
  ///   - limit: Bytes of base64 at most; nil for no limit.
  init(
    _ tree: CallTree, _ text: PictureText, _ colours: LabelColours,
    look: PictureLook = PictureLook(), difference: CallTreeDifference? = nil, limit: Int?
  ) throws(CompressionError) {
    let whole = tree
    var allFacts = Self.facts(text.fitted) + Self.facts(colours, of: tree) + Self.facts(look)
    // Of two stretches of time the viewer makes a difference.
    if !tree.ticks.isEmpty { allFacts += Self.changeFacts }
    func encode(
      _ tree: CallTree, _ least: UInt64, _ merged: PrunedTree?
    ) throws(CompressionError) -> [UInt8] {
      let facts = allFacts + (merged.map(Self.facts) ?? [])
      guard let difference else {
        return Base64.encode(
          try PayloadEncoder.encode(tree, paints: colours.numbers, facts: facts))
      }
      let kept = merged == nil ? difference : difference.merging(subtreesBelow: least, of: whole)
      return Base64.encode(
        try PayloadEncoder.encode(
          kept.after, before: kept.before.own, paints: colours.numbers,
          facts: facts + Self.facts(kept)))
    }
    guard let limit else {
      self.text = try encode(tree, 0, nil)
      merged = nil
      return
    }
    // The first guess is six bytes a node; what came of one try makes the next.
    var nodes = min(tree.count, max(1, limit / 6))
    var best: (text: [UInt8], pruned: PrunedTree)?
    for _ in 0..<8 {
      let least = nodes == tree.count ? 0 : tree.leastTotal(keeping: nodes)
      let pruned = tree.merging(subtreesBelow: least)
      let text = try encode(pruned.tree, least, pruned.mergedNodes > 0 ? pruned : nil)
      let isBetter = text.count <= limit && text.count > best?.text.count ?? 0
      if isBetter { best = (text, pruned) }
      let isNearlyFull = text.count <= limit && text.count * 10 >= limit * 8
      if isNearlyFull || pruned.mergedNodes == 0 && isBetter || !isBetter && best != nil { break }
      let next = Int(0.95 * Double(pruned.tree.count) * Double(limit) / Double(text.count))
      nodes = max(1, min(next, tree.count))
    }
    let chosen = best?.pruned ?? tree.merging(subtreesBelow: .max)
    if let best { self.text = best.text } else { self.text = try encode(chosen.tree, .max, chosen) }
    merged = chosen.mergedNodes > 0 ? chosen : nil
  }

  private static func facts(
    _ difference: CallTreeDifference
  ) -> [PayloadFact] {
    var facts: [PayloadFact] = []
    switch difference.basis {
    case .shares: facts.append(("difference", "shares"))
    case .counts: facts.append(("difference", "counts"))
    case .cpuTime(let before, let after):
      facts.append(("difference", "cputime \(before) \(after)"))
    }
    return facts + changeFacts
  }

  private static var changeFacts: [PayloadFact] {
    [
      ("changepalette", text(of: DifferencePalette().paints)),
      ("changesteps", DifferencePalette.steps.map { "\($0)" }.joined(separator: " ")),
    ]
      + DifferencePalette.legend.map { numbers, text in
        ("changelegend", "\(numbers.lowerBound) \(numbers.upperBound) \(text)")
      }
  }

  private static func text(of paints: [Palette.Paint]) -> String {
    paints.map { paint in
      String(decoding: paint.fill.hexadecimal.dropFirst(), as: UTF8.self)
        + (paint.text == .white ? "w" : "k")
    }.joined(separator: " ")
  }

  private static func facts(_ text: PictureText) -> [PayloadFact] {
    [("title", text.title)] + text.subtitle.map { ("subtitle", $0) } + [
      ("warning", text.warning), ("countname", text.countName),
      ("period", text.nanosecondsPerCount == 0 ? "" : String(text.nanosecondsPerCount)),
    ] + [("notes", text.notes), ("nametype", text.nameType)].filter { !$0.1.isEmpty }
  }

  /// What is not as usual.
  private static func facts(_ look: PictureLook) -> [PayloadFact] {
    let usual = PictureLook()
    let all: [(key: StaticString, value: String, usual: String)] = [
      ("view", look.view.rawValue, usual.view.rawValue),
      ("rowheight", "\(look.rowHeight)", "\(usual.rowHeight)"),
      ("font", VisibleText.of(look.font.family), usual.font.family),
      ("fontsize", "\(look.font.size)", "\(usual.font.size)"),
      ("fontwidth", "\(look.font.columnWidth)", "\(usual.font.columnWidth)"),
    ]
    return all.filter { $0.value != $0.usual }.map { ($0.key, $0.value) }
  }

  private static func facts(
    _ colours: LabelColours, of tree: CallTree
  ) -> [PayloadFact] {
    var isUsed = [Bool](repeating: false, count: tree.labels.count)
    for label in tree.label { isUsed[Int(label)] = true }
    let present = Set(zip(colours.numbers, isUsed).compactMap { $1 ? $0 : nil })
    return [("palette", Self.text(of: colours.palette.paints))]
      + colours.palette.legend(of: present).map { samples, text in
        ("legend", samples.map { "\($0)" }.joined(separator: ",") + " " + text)
      }
      + BoxKind.allCases.compactMap { kind in
        kind.words.map { ("kind", "\(kind.rawValue) \($0)") }
      }
  }

  private static func facts(_ merged: PrunedTree) -> [PayloadFact] {
    [
      ("mergednodes", String(merged.mergedNodes)),
      ("mergedsamples", String(merged.mergedSamples)),
    ]
  }
}
