// SPDX-License-Identifier: Apache-2.0

import Bytes
import Compression
import ProfileModel

/// A line of facts; a key may come again.
typealias PayloadFact = (key: StaticString, value: String)

/// A call tree as it travels in pictures and pages: about four bytes a node, names included.
///
/// Numbers are varints of 7 bits, lowest first. What is alike stands together, so that it deflates
/// well. `docs/outputs.md` has the format; `PayloadDecoder` and `Viewer/payload.js` read it.
///
/// 1. Header: version (1), nodes, labels, then the bytes of each of the sections that follow.
/// 2. For each node in preorder but the root: levels popped since the node before it, 0 being its
///    child.
/// 3. For each node its label. Labels are numbered by falling frequency.
/// 4. For each node the samples that end in it.
/// 5. For each label its kind, its module, its file, its line + 1, and its paint.
/// 6. Names of labels, one a line; then modules, files; then facts: `key=value`.
/// 7. Of a difference only: for each node the samples of the other side, before.
/// 8. Where it is known when samples fell: for each in the order of time the microseconds since the one
///    before it, and its node.
enum PayloadEncoder {
  static let version: UInt64 = 1

  static func encode(
    _ tree: CallTree, before: [UInt64]? = nil, paints: [Int],
    facts: [PayloadFact]
  ) throws(CompressionError) -> [UInt8] {
    try Deflate.compress(
      uncompressed(tree, before: before, paints: paints, facts: facts), as: .zlib)
  }

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
    if let before { sections.append(owns(before)) }
    if !tree.ticks.isEmpty {
      if before == nil { sections.append(ByteWriter()) }
      sections.append(ticks(tree.ticks))
    }

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

  /// Those that occur, the most frequent first: their numbers take the fewest bytes.
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

/// Texts by first use; 0 is the empty one and not written.
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
