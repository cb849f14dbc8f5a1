// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A line of facts. A key can be repeated.
typealias PayloadFact = (key: StaticString, value: String)

/// The facts of a payload: what the viewer knows besides the tree. `docs/outputs.md` lists the
/// keys.
enum PayloadFacts {
  /// The facts that pruning does not change.
  static func all(
    of drawing: Drawing, _ colours: LabelColours, _ options: PictureOptions
  ) -> [PayloadFact] {
    let tree = drawing.tree
    let facts =
      of(drawing.text.fitted) + of(colours, in: tree) + of(options) + offsets(in: tree)
      + metrics([drawing.text.metric] + tree.further.map(\.metric))
    // The viewer can make a difference of two time ranges.
    return tree.ticks.isEmpty ? facts : facts + changeFacts
  }

  /// The facts of a difference: its basis, and the colours of changes.
  static func of(_ difference: CallTreeDifference) -> [PayloadFact] {
    var facts: [PayloadFact] = []
    switch difference.basis {
    case .shares: facts.append(("difference", "shares"))
    case .counts: facts.append(("difference", "counts"))
    case .cpuTime(let before, let after):
      facts.append(("difference", "cputime \(before) \(after)"))
    }
    return facts + changeFacts
  }

  /// What pruning merged.
  static func of(_ merged: PrunedTree) -> [PayloadFact] {
    [
      ("mergednodes", String(merged.mergedNodes)),
      ("mergedsamples", String(merged.mergedSamples)),
    ]
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

  /// The colours of a palette, each with `w` or `k` for white or black text on it.
  private static func text(of paints: [Palette.Paint]) -> String {
    paints.map { paint in
      String(decoding: paint.fill.hexadecimal.dropFirst(), as: UTF8.self)
        + (paint.text == .white ? "w" : "k")
    }.joined(separator: " ")
  }

  private static func of(_ text: PictureText) -> [PayloadFact] {
    [("title", text.title)] + text.subtitle.map { ("subtitle", $0) } + [
      ("warning", text.warning), ("countname", text.countName),
      ("period", text.metric.nanosecondsPerSample.map { String($0) } ?? ""),
    ] + [("notes", text.notes), ("nametype", text.nameType)].filter { !$0.1.isEmpty }
  }

  /// The metrics of a payload of several, or of one time that is not of a CPU: units of a count,
  /// `samples` or `values`, unit and name, separated by blanks. Blanks in a unit become `_`; the name
  /// is the rest of the line.
  private static func metrics(_ metrics: [Metric]) -> [PayloadFact] {
    guard metrics.count > 1 || metrics[0].unit == .nanoseconds && !metrics[0].isOfCPU else {
      return []
    }
    return metrics.map { metric in
      let kind = metric.countsSamples ? "samples" : "values"
      let unit = metric.unit.name.split(separator: " ").joined(separator: "_")
      return ("metric", "\(metric.unitsPerCount) \(kind) \(unit) \(metric.name)")
    }
  }

  /// A metric of a `metric` fact; nil if the fact is malformed.
  static func metric(_ text: String) -> Metric? {
    let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, let unitsPerCount = UInt64(parts[0]) else { return nil }
    return Metric(
      name: String(parts[3]), unit: Metric.Unit(name: String(parts[2])),
      unitsPerCount: unitsPerCount, countsSamples: parts[1] == "samples")
  }

  /// For functions without a known name: how many offsets in it have frames, the first of them in
  /// hexadecimal, separated by commas, and the name. Those of the functions with the most samples.
  private static func offsets(in tree: CallTree) -> [PayloadFact] {
    guard !tree.offsets.isEmpty else { return [] }
    var own: [Int: UInt64] = [:]
    for (label, count) in zip(tree.label, tree.own) where tree.offsets[Int(label)] != nil {
      own[Int(label), default: 0] += count
    }
    return own.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(mostFunctions).map {
      let offsets = tree.offsets[$0.key] ?? []
      let first = offsets.prefix(mostOffsets).map { String($0, radix: 16) }.joined(separator: ",")
      return ("offsets", "\(offsets.count) \(first) \(tree.labels[$0.key].name)")
    }
  }

  /// The most functions with offsets, and the most offsets of each: a tooltip has no space for more.
  private static let mostFunctions = 256
  private static let mostOffsets = 6

  /// The options that differ from their defaults.
  private static func of(_ options: PictureOptions) -> [PayloadFact] {
    let usual = PictureOptions()
    let all: [(key: StaticString, value: String, usual: String)] = [
      ("view", options.view.rawValue, usual.view.rawValue),
      ("rowheight", "\(options.rowHeight)", "\(usual.rowHeight)"),
      ("font", VisibleText.of(options.fontFamily), usual.fontFamily),
      ("fontsize", "\(options.fontSize)", "\(usual.fontSize)"),
      ("fontwidth", "\(options.columnWidth)", "\(usual.columnWidth)"),
    ]
    return all.filter { $0.value != $0.usual }.map { ($0.key, $0.value) }
  }

  private static func of(_ colours: LabelColours, in tree: CallTree) -> [PayloadFact] {
    var isUsed = [Bool](repeating: false, count: tree.labels.count)
    for label in tree.label { isUsed[Int(label)] = true }
    let present = Set(zip(colours.numbers, isUsed).compactMap { $1 ? $0 : nil })
    return [("palette", text(of: colours.palette.paints))]
      + colours.palette.legend(of: present).map { samples, text in
        ("legend", samples.map { "\($0)" }.joined(separator: ",") + " " + text)
      }
      + BoxKind.allCases.compactMap { kind in
        kind.words.map { ("kind", "\(kind.rawValue) \($0)") }
      }
  }
}
