// SPDX-License-Identifier: Apache-2.0

@testable import Advice

/// The readers of lists of packages. The fuzzer gives them arbitrary bytes, and `FuzzCorpusTests` the
/// corpus. A raw value is the name of the reader's folder in the corpus.
enum FuzzedReader: String, CaseIterable {
  case controlFile = "ControlFile"
  case lz4 = "LZ4"
  case xz = "Xz"

  /// Whether what is read of these bytes violates what readers guarantee.
  func isWrong(_ bytes: [UInt8]) -> Bool {
    // As `PackageLists` bounds it.
    let most = 1 << 24
    var total = 0
    func isWrongPiece(_ piece: [UInt8]) -> Bool {
      total += piece.count
      return !(1...1 << 18).contains(piece.count)
    }
    switch self {
    case .controlFile: return Self.isWrongControlFile(bytes)
    case .lz4:
      guard var stream = LZ4Stream(bytes) else { return true }
      while total < most, let piece = stream.next() { if isWrongPiece(piece) { return true } }
    case .xz:
      guard var stream = XzStream(bytes) else { return true }
      while total < most, let piece = stream.next() { if isWrongPiece(piece) { return true } }
    }
    return false
  }

  /// Whether paragraphs depend on how the file is cut.
  private static func isWrongControlFile(_ bytes: [UInt8]) -> Bool {
    var whole: [String] = []
    _ = bytes.withUnsafeBytes { bytes in
      ControlParagraph.forEach(in: bytes, isLast: true) { whole.append(text(of: $0)) }
    }
    var pieces: [String] = []
    var rest: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 100) {
      let isLast = start + 100 >= bytes.count
      rest += bytes[start..<min(start + 100, bytes.count)]
      let used = rest.withUnsafeBytes { bytes in
        ControlParagraph.forEach(in: bytes, isLast: isLast) { pieces.append(text(of: $0)) }
      }
      guard used <= rest.count else { return true }
      rest.removeFirst(used)
    }
    return whole != pieces
  }

  private static func text(of paragraph: ControlParagraph) -> String {
    [paragraph.package, paragraph.version, paragraph.sourceName, paragraph.buildIDs]
      .map(\.text).joined(separator: "\n")
  }
}
