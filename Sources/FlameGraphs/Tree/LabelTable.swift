// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Gives labels numbers as they come, and ranks once all are known.
struct LabelTable {
  private(set) var labels: [CallTree.Label] = []
  private var numbers: [CallTree.Label: Int32] = [:]

  /// A name may be a megabyte long; what is shown and stored of it is not.
  static let longestText = 8192

  /// - Parameter label: With text as strangers wrote it; what is kept is visible and not empty.
  mutating func number(of label: CallTree.Label) -> Int32 {
    var visible = label
    visible.name = Self.visible(label.name)
    if visible.name.isEmpty { visible.name = "[unknown]" }
    visible.module = Self.visible(label.module)
    visible.file = Self.visible(label.file)
    if let number = numbers[visible] { return number }
    let number = Int32(labels.count)
    numbers[visible] = number
    labels.append(visible)
    return number
  }

  /// - Returns: The labels in order, and the place there of each number.
  func ranked() -> (labels: [CallTree.Label], rank: [Int32]) {
    let order = labels.indices.sorted { labels[$0].precedes(labels[$1]) }
    var rank = [Int32](repeating: 0, count: labels.count)
    for (place, number) in order.enumerated() { rank[number] = Int32(place) }
    return (order.map { labels[$0] }, rank)
  }

  private static func visible(_ text: String) -> String {
    VisibleText.of(LabelCutting.cut(text, toBytes: longestText))
  }
}

extension CallTree.Label {
  /// The order of siblings: bytes of the name first, which are the same on every machine.
  fileprivate func precedes(_ other: Self) -> Bool {
    if name != other.name { return name.utf8.lexicographicallyPrecedes(other.name.utf8) }
    if kind != other.kind { return kind.rawValue < other.kind.rawValue }
    if module != other.module { return module.utf8.lexicographicallyPrecedes(other.module.utf8) }
    if file != other.file { return file.utf8.lexicographicallyPrecedes(other.file.utf8) }
    return line < other.line
  }
}
