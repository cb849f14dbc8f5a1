// SPDX-License-Identifier: Apache-2.0

import Glibc
import ProfileModel

/// A table that assigns ids to labels in the order of first use, and ranks once all are known.
struct LabelTable {
  /// The labels in the order of their ids.
  private(set) var labels: [CallTree.Label] = []
  private var ids: [CallTree.Label: Int32] = [:]

  /// The largest number of bytes of a name that is kept. A name can be a megabyte long.
  static let longestText = 8192

  /// The id of a label.
  ///
  /// - Parameter label: A label with untrusted text. The table keeps it visible and not empty.
  mutating func id(of label: CallTree.Label) -> Int32 {
    var visible = label
    visible.name = RenderedPaths.shownName(of: Self.cut(label.name))
    visible.module = VisibleText.of(Self.cut(label.module))
    visible.file = VisibleText.of(Self.cut(label.file))
    if let id = ids[visible] { return id }
    let id = Int32(labels.count)
    ids[visible] = id
    labels.append(visible)
    return id
  }

  /// The labels in order.
  ///
  /// - Returns: The ordered labels, and for each id its index among them.
  func ranked() -> (labels: [CallTree.Label], rank: [Int32]) {
    // Comparing names in one array of bytes is several times as fast as reading them from labels.
    let names = NameRow(labels)
    let order = labels.indices.sorted { a, b in
      let byName = names.order(a, b)
      return byName != 0 ? byName < 0 : labels[a].precedes(labels[b])
    }
    var rank = [Int32](repeating: 0, count: labels.count)
    for (index, id) in order.enumerated() { rank[id] = Int32(index) }
    return (order.map { labels[$0] }, rank)
  }

  private static func cut(_ text: String) -> String {
    LabelCutting.cut(text, toBytes: longestText)
  }
}

extension CallTree.Label {
  /// Whether the label is ordered before another one. The bytes of names are compared first, which
  /// gives the same order on every machine.
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

/// All names in one array of bytes.
private struct NameRow {
  private var bytes: [UInt8] = []
  private var starts = [0]

  init(_ labels: [CallTree.Label]) {
    for label in labels {
      bytes.append(contentsOf: label.name.utf8)
      starts.append(bytes.count)
    }
  }

  /// Less than, equal to or greater than 0, as the name of label `a` is ordered before, equal to or
  /// after that of `b`.
  ///
  /// Unsafe because of memcmp. Starts are within the bytes, and it gets the shorter length.
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

/// Less than, equal to or greater than 0, as `a` is ordered before, equal to or after `b` by bytes.
///
/// Unsafe because of memcmp, which is ten times as fast as a loop over the bytes of strings. It
/// gets the shorter length.
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
