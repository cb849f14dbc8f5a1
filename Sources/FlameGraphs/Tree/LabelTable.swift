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
    // Comparing names that lie in one row of bytes is several times as fast as taking them out of labels.
    let names = NameRow(labels)
    let order = labels.indices.sorted { a, b in
      let byName = names.order(a, b)
      return byName != 0 ? byName < 0 : labels[a].precedes(labels[b])
    }
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

/// All names, one behind the other.
private struct NameRow {
  private var bytes: [UInt8] = []
  private var starts = [0]

  init(_ labels: [CallTree.Label]) {
    for label in labels {
      bytes.append(contentsOf: label.name.utf8)
      starts.append(bytes.count)
    }
  }

  /// Below, at or above 0 as the name of label `a` comes before, is, or comes after that of `b`.
  ///
  /// Unsafe for the sake of memcmp. Starts lie within the bytes, and it is given the shorter length.
  func order(_ a: Int, _ b: Int) -> Int32 {
    let (left, right) = (starts[a]..<starts[a + 1], starts[b]..<starts[b + 1])
    return bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      let order = memcmp(
        base + left.lowerBound, base + right.lowerBound, min(left.count, right.count))
      return order != 0 ? order : Int32((left.count - right.count).signum())
    }
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
