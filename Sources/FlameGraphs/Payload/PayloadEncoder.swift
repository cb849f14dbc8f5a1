// SPDX-License-Identifier: Apache-2.0

import Bytes
import Compression
import ProfileModel

/// The encoder of the payload: a call tree in about four bytes a node, names included.
///
/// Numbers are varints of 7 bits, lowest first. Equal kinds of numbers are together, so that they
/// deflate well. `docs/outputs.md` has the format; `PayloadDecoder` and `Viewer/payload.js` read
/// it.
///
/// 1. Header: version (1), number of nodes, number of labels, number of sections, length of each
///    section in bytes.
/// 2. For each node in preorder but the root: the levels popped since the node before it; 0 for its
///    child.
/// 3. For each node its label. Labels are numbered by falling frequency.
/// 4. For each node the samples that end in it, in the shown metric.
/// 5. For each label its kind, its module, its file, its line + 1, and its paint.
/// 6. Names of labels, one a line; then modules, files; then facts: `key=value`.
/// 7. For a difference: for each node the samples of the other side, before. Else empty.
/// 8. Where samples have times: for each sample in the order of time, the microseconds since the
///    previous one, and its node. Else empty.
/// 9. For each further metric: for each node the values that end in it.
///
/// Sections 7 to 9 are left out where no section after them has bytes.
enum PayloadEncoder {
  /// The version of the format.
  static let version: UInt64 = 1

  /// The deflated payload.
  ///
  /// - Parameters:
  ///   - tree: The tree; of a difference its `after` side.
  ///   - before: Of a difference, for each node the samples of its `before` side.
  ///   - paints: For each of the tree's labels its index in the palette.
  static func encode(
    _ tree: CallTree, before: [UInt64]? = nil, paints: [Int],
    facts: [PayloadFact]
  ) throws(CompressionError) -> [UInt8] {
    try Deflate.compress(
      uncompressed(tree, before: before, paints: paints, facts: facts), as: .zlib)
  }

  /// The payload before it is deflated.
  static func uncompressed(
    _ tree: CallTree, before: [UInt64]? = nil, paints: [Int],
    facts: [PayloadFact]
  ) -> [UInt8] {
    let (order, place) = labelsByFrequency(tree)
    var sections = [pops(tree), labels(tree, place), owns(tree.own)]
    var modules = TextTable()
    var files = TextTable()
    var details = ByteWriter()
    var names = ByteWriter()
    for number in order {
      let label = tree.labels[number]
      details.append(byte: label.kind.rawValue)
      names.append(text: label.name)
      names.append("\n")
    }
    for number in order { details.append(varint: modules.number(of: tree.labels[number].module)) }
    for number in order { details.append(varint: files.number(of: tree.labels[number].file)) }
    for number in order {
      details.append(varint: UInt64(Int64(max(-1, tree.labels[number].line)) + 1))
    }
    for number in order { details.append(varint: UInt64(paints[number])) }
    var factLines = ByteWriter()
    for (key, value) in facts {
      factLines.append(key)
      factLines.append("=")
      factLines.append(text: VisibleText.of(value))
      factLines.append("\n")
    }
    sections += [details, names, modules.lines, files.lines, factLines]
    if before != nil || !tree.ticks.isEmpty || !tree.further.isEmpty {
      sections.append(owns(before ?? []))
    }
    if !tree.ticks.isEmpty || !tree.further.isEmpty { sections.append(ticks(tree.ticks)) }
    for column in tree.further { sections.append(owns(column.own)) }

    var payload = ByteWriter(capacity: sections.reduce(64) { $0 + $1.count })
    payload.append(varint: version)
    payload.append(varint: UInt64(tree.count))
    payload.append(varint: UInt64(order.count))
    payload.append(varint: UInt64(sections.count))
    for section in sections { payload.append(varint: UInt64(section.count)) }
    for section in sections { payload.append(bytes: section.bytes) }
    return payload.bytes
  }

  private static func pops(_ tree: CallTree) -> ByteWriter {
    var section = ByteWriter(capacity: tree.count)
    for node in 1..<max(1, tree.count) {
      section.append(varint: UInt64(tree.depth[node - 1] + 1 - tree.depth[node]))
    }
    return section
  }

  private static func labels(_ tree: CallTree, _ place: [UInt32]) -> ByteWriter {
    var section = ByteWriter(capacity: 2 * tree.count)
    for label in tree.label { section.append(varint: UInt64(place[Int(label)])) }
    return section
  }

  private static func owns(_ owns: [UInt64]) -> ByteWriter {
    var section = ByteWriter(capacity: owns.count)
    for own in owns { section.append(varint: own) }
    return section
  }

  private static func ticks(_ ticks: [CallTree.Tick]) -> ByteWriter {
    var section = ByteWriter(capacity: 5 * ticks.count)
    var last: UInt64 = 0
    for tick in ticks {
      section.append(varint: tick.time / 1000 - last)
      section.append(varint: UInt64(tick.node))
      last = tick.time / 1000
    }
    return section
  }

  /// The labels that occur, the most frequent first, as small numbers take fewer bytes; and for
  /// each label its index in that order.
  private static func labelsByFrequency(_ tree: CallTree) -> (order: [Int], place: [UInt32]) {
    var counts = [Int](repeating: 0, count: tree.labels.count)
    for label in tree.label { counts[Int(label)] += 1 }
    let order = tree.labels.indices.filter { counts[$0] > 0 }
      .sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
    var place = [UInt32](repeating: 0, count: tree.labels.count)
    for (index, label) in order.enumerated() { place[label] = UInt32(index) }
    return (order, place)
  }
}

/// A table of texts with ids in the order of first use. Id 0 is the empty text, which is not
/// written.
private struct TextTable {
  private(set) var lines = ByteWriter()
  private var numbers: [String: UInt64] = ["": 0]

  mutating func number(of text: String) -> UInt64 {
    if let number = numbers[text] { return number }
    numbers[text] = UInt64(numbers.count)
    lines.append(text: text)
    lines.append("\n")
    return UInt64(numbers.count - 1)
  }
}

extension ByteWriter {
  fileprivate mutating func append(varint value: UInt64) {
    LEB128.encode(value) { append(byte: $0) }
  }
}
