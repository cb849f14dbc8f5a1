// SPDX-License-Identifier: Apache-2.0

import Bytes
import Compression
import ProfileModel

/// The error of decoding the payload of an SVG or HTML file, the call tree for the viewer.
package enum PayloadError: Error, Hashable {
  /// The payload is not base64 of zlib data that can be decompressed.
  case notCompressed
  /// The payload has a version of the format that is not read; the associated value is that
  /// version.
  case version(UInt64)
  /// The payload is truncated, or its numbers contradict each other.
  case broken
  /// The payload inflates to more bytes than a profile of its size has.
  case tooLarge
}

/// The decoded payload of a picture or page: its call tree and facts. `PayloadEncoder` describes
/// the format.
///
/// The bytes are untrusted: each number is checked before it is used, and a broken payload is an
/// error.
package struct PayloadDecoder {
  /// The call tree that the payload contains, with the values of all its metrics.
  package let tree: CallTree
  /// The facts of the picture besides its call tree, such as title and palette, as keys and values
  /// in the order of the file. A key can occur several times. `docs/outputs.md` lists the keys.
  /// Untrusted text.
  package let facts: [(key: String, value: String)]

  /// Decodes a payload.
  ///
  /// - Parameter text: The payload in base64, as it stands in the file.
  /// - Throws: `PayloadError` for a payload that is broken or of another version.
  package init(base64 text: [UInt8]) throws(PayloadError) {
    let bytes: [UInt8]
    do throws(CompressionError) {
      let deflated = Base64.decode(text)
      bytes = try Inflate.decompress(deflated, limit: Self.mostBytes(deflated: deflated.count))
    } catch {
      throw error.isOfLimit ? .tooLarge : .notCompressed
    }
    try self.init(bytes)
  }

  /// The most bytes that a payload may inflate to. Those of profiles inflate to 2 to 4 times their
  /// size, and to 20 times only where they are small.
  private static func mostBytes(deflated: Int) -> Int { (8 << 20) + 16 * deflated }

  init(_ bytes: [UInt8]) throws(PayloadError) {
    var header = VarintReader(bytes[...])
    let version = try header.next()
    guard version == PayloadEncoder.version else { throw .version(version) }
    // Each node takes at least three bytes, each label five.
    let nodes = try header.next(below: bytes.count / 3 + 1)
    let labels = try header.next(below: bytes.count / 5 + 1)
    let count = try header.next(below: 64)
    guard nodes > 0, count >= 8 else { throw .broken }
    var lengths: [Int] = []
    for _ in 0..<count { lengths.append(try header.next(below: bytes.count + 1)) }
    var sections: [ArraySlice<UInt8>] = []
    var rest = header.rest
    for length in lengths {
      guard length <= rest.count else { throw .broken }
      sections.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }

    // A module or a file is in the table because a label has it.
    var texts: [[String]] = []
    for (section, most) in zip(sections[4..<8], [labels, labels, labels, Self.mostFacts]) {
      texts.append(try Self.lines(section, most: most))
    }
    let table = try Self.labels(
      labels, sections[3], names: texts[0], modules: texts[1], files: texts[2])
    var tree = CallTree(
      labels: table, label: try Self.numbers(sections[1], nodes, below: labels),
      depth: try Self.depths(sections[0], nodes), own: try Self.counts(sections[2], nodes))
    if count > 9 { tree.ticks = try Self.ticks(sections[9], nodes) }
    facts = texts[3].compactMap { line in
      line.firstIndex(of: "=").map {
        (String(line[..<$0]), String(line[line.index(after: $0)...]))
      }
    }
    let further = Self.values("metric", in: facts).dropFirst()
    for (fact, section) in zip(further, sections.dropFirst(10)) {
      guard let metric = PayloadFacts.metric(fact) else { throw .broken }
      tree.further.append(
        CallTree.Column(metric: metric, own: try Self.counts(section, nodes)))
    }
    self.tree = tree
  }

  private static let mostFacts = 1 << 16

  /// The lines of a section, all of which end with a newline.
  private static func lines(
    _ section: ArraySlice<UInt8>, most: Int
  ) throws(PayloadError) -> [String] {
    // Counted first: empty lines would take many times the memory of their bytes.
    guard section.count(where: { $0 == UInt8(ascii: "\n") }) <= most else { throw .broken }
    return section.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast().map { String(decoding: $0, as: UTF8.self) }
  }

  private static func values(
    _ key: String, in facts: [(key: String, value: String)]
  ) -> [String] {
    facts.filter { $0.key == key }.map(\.value)
  }

  /// All values of a key.
  private func values(_ key: String) -> [String] { Self.values(key, in: facts) }

  /// The metric of the values in `tree.own`. Most files with one metric state only what it counts and
  /// how many nanoseconds a sample stands for; the metric is made from these.
  package var metric: Metric {
    if let metric = values("metric").first.flatMap(PayloadFacts.metric) { return metric }
    let period = values("period").first.flatMap { UInt64($0) } ?? 0
    guard period > 0 else {
      return Metric(countName: values("countname").first ?? Metric.samples.countName)
    }
    let frequency = max(1, (1_000_000_000 + period / 2) / period)
    return .clock(
      event: "",
      pace: 1_000_000_000 / frequency == period ? .frequency(Int(frequency)) : .period(period))
  }

  /// The text around the boxes of the picture, such as title and subtitle, made from `facts`.
  package var pictureText: PictureText {
    var text = PictureText(
      title: values("title").first ?? "", subtitle: values("subtitle"),
      warning: values("warning").first ?? "", metric: metric)
    if let countName = values("countname").first { text.countName = countName }
    return text
  }

  private static func labels(
    _ count: Int, _ details: ArraySlice<UInt8>, names: [String], modules: [String],
    files: [String]
  ) throws(PayloadError) -> [CallTree.Label] {
    guard names.count == count, details.count >= count else { throw .broken }
    var reader = VarintReader(details.dropFirst(count))
    var labels: [CallTree.Label] = []
    for (name, byte) in zip(names, details) {
      guard let kind = BoxKind(rawValue: byte) else { throw .broken }
      labels.append(CallTree.Label(name: name, kind: kind))
    }
    for index in labels.indices {
      let number = try reader.next(below: modules.count + 1)
      labels[index].module = number == 0 ? "" : modules[number - 1]
    }
    for index in labels.indices {
      let number = try reader.next(below: files.count + 1)
      labels[index].file = number == 0 ? "" : files[number - 1]
    }
    for index in labels.indices {
      labels[index].line = Int32(try reader.next(below: Int(Int32.max))) - 1
    }
    return labels
  }

  private static func numbers(
    _ section: ArraySlice<UInt8>, _ count: Int, below bound: Int
  ) throws(PayloadError) -> [Int32] {
    var reader = VarintReader(section)
    var numbers: [Int32] = []
    numbers.reserveCapacity(count)
    for _ in 0..<count { numbers.append(Int32(try reader.next(below: min(bound, 1 << 31)))) }
    return numbers
  }

  private static func depths(
    _ section: ArraySlice<UInt8>, _ count: Int
  ) throws(PayloadError) -> [Int32] {
    var reader = VarintReader(section)
    var depths: [Int32] = [0]
    depths.reserveCapacity(count)
    for _ in 1..<max(1, count) {
      let last = Int(depths[depths.count - 1])
      // A child of the root at least: there is one root.
      depths.append(Int32(last + 1 - (try reader.next(below: last + 1))))
    }
    return depths
  }

  private static func counts(
    _ section: ArraySlice<UInt8>, _ count: Int
  ) throws(PayloadError) -> [UInt64] {
    var reader = VarintReader(section)
    var counts: [UInt64] = []
    counts.reserveCapacity(count)
    var sum: UInt64 = 0
    for _ in 0..<count {
      let own = try reader.next()
      let (total, overflow) = sum.addingReportingOverflow(own)
      if overflow { throw .broken }
      sum = total
      counts.append(own)
    }
    return counts
  }
}

extension PayloadDecoder {
  private static func ticks(
    _ section: ArraySlice<UInt8>, _ nodes: Int
  ) throws(PayloadError) -> [CallTree.Tick] {
    var reader = VarintReader(section)
    var ticks: [CallTree.Tick] = []
    var time: UInt64 = 0
    while !reader.rest.isEmpty {
      time += UInt64(try reader.next(below: 1 << 40))
      guard time < 1 << 50 else { throw .broken }
      ticks.append(CallTree.Tick(time: 1000 * time, node: Int32(try reader.next(below: nodes))))
    }
    return ticks
  }
}

/// A reader of varints: 7 bits a byte, lowest first.
private struct VarintReader {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func next() throws(PayloadError) -> UInt64 {
    var position = rest.startIndex
    guard let value = LEB128.unsigned(in: rest, at: &position, to: rest.endIndex) else {
      throw .broken
    }
    rest = rest[position...]
    return value
  }

  mutating func next(below bound: Int) throws(PayloadError) -> Int {
    let value = try next()
    guard value < UInt64(max(0, bound)) else { throw .broken }
    return Int(value)
  }
}
