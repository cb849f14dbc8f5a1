// SPDX-License-Identifier: Apache-2.0

import Glibc
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
  func precedes(_ other: Self) -> Bool {
    let byName = order(name, other.name)
    if byName != 0 { return byName < 0 }
    if kind != other.kind { return kind.rawValue < other.kind.rawValue }
    let byModule = order(module, other.module)
    if byModule != 0 { return byModule < 0 }
    let byFile = order(file, other.file)
    return byFile != 0 ? byFile < 0 : line < other.line
  }
}

/// Below, at or above 0 as the bytes of `a` come before, with or after those of `b`.
///
/// Unsafe for the sake of memcmp, ten times as fast as a walk over bytes of strings. It is given the
/// shorter one's length.
private func order(_ a: String, _ b: String) -> Int32 {
  var (a, b) = (a, b)
  return a.withUTF8 { a in
    b.withUTF8 { b in
      guard let left = a.baseAddress, let right = b.baseAddress else {
        return Int32(a.count.signum() - b.count.signum())
      }
      let order = memcmp(left, right, min(a.count, b.count))
      return order != 0 ? order : Int32((a.count - b.count).signum())
    }
  }
}
