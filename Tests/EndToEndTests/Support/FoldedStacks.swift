// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Folded text. The count of a line follows its last blank.
struct FoldedStacks: SampledOutput {
  struct Line {
    var comm: String
    /// Root to leaf, without the thread's name.
    var frames: [String]
    var count: Int
  }

  var lines: [Line]

  init(lines: [Line]) { self.lines = lines }

  init(_ text: String) throws {
    lines = []
    for line in text.split(separator: "\n") {
      let blank = try #require(line.lastIndex(of: " "), "no count: \(line)")
      let count = try #require(Int(line[line.index(after: blank)...]), "no count: \(line)")
      #expect(count > 0)
      let names = line[..<blank].split(separator: ";", omittingEmptySubsequences: false)
      #expect(!names.contains(""), "a frame without a name: \(line)")
      lines.append(
        Line(comm: String(names[0]), frames: names.dropFirst().map(String.init), count: count))
    }
  }

  var total: Int { lines.reduce(0) { $0 + $1.count } }

  func count(where isMeant: (String) -> Bool) -> Int {
    samples { $0.frames.contains(where: isMeant) }
  }

  /// Samples of lines that match.
  func samples(where isMeant: (Line) -> Bool) -> Int {
    lines.filter(isMeant).reduce(0) { $0 + $1.count }
  }

  /// Samples whose stack has these frames next to each other, in this order from the root.
  func count(ofPath path: [String]) -> Int {
    samples { line in
      line.frames.indices.contains { line.frames[$0...].starts(with: path) }
    }
  }

  var comms: Set<String> { Set(lines.map(\.comm)) }

  /// Samples that match and were taken before the tables of their code were built.
  func pending(where isMeant: (Line) -> Bool = { _ in true }) -> Int {
    samples { isMeant($0) && $0.frames.contains("[truncated: MAPPING_PENDING]") }
  }
}
