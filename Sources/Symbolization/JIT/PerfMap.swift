// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles

/// A perf map, `/tmp/perf-PID.map`: a line for each function that a JIT compiler made, with its
/// address, its size and its name. (Linux, tools/perf/Documentation/jit-interface.txt.)
///
/// The file does not record when code is discarded and its addresses are used again. Where lines
/// overlap, the last one is valid.
struct PerfMap {
  private struct Entry: AddressRange {
    var start: UInt64
    var end: UInt64
    /// Index of the line.
    var line: Int
    /// Where the name is in `bytes`.
    var name: Range<Int>
  }

  private let bytes: [UInt8]
  private let entries: OverlappingRanges<Entry>

  /// Limits for hostile files: size of the file, lines, bytes of a line, and lines that are searched
  /// for one address.
  static let mostBytes = 64 << 20
  private static let mostEntries = 1_000_000
  private static let longestLine = 4096
  private static let mostSearched = 256

  /// Nil where the file is too large, or cannot be read.
  init?(_ source: any ByteSource) {
    guard source.size <= Self.mostBytes, let bytes = source.bytes(at: 0, count: source.size) else {
      return nil
    }
    self.init(bytes)
  }

  /// A last line without its end is ignored: it may not be written completely yet.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var entries: [Entry] = []
    bytes.withUnsafeBytes { all in
      var start = 0
      while start < all.count, entries.count < Self.mostEntries {
        // Safe: `start` is an index of `all`.
        let rest = UnsafeRawBufferPointer(rebasing: all[start...])
        guard let length = rest.firstIndex(of: "\n") else { break }
        if length <= Self.longestLine, let entry = Self.entry(in: rest[..<length], at: start) {
          entries.append(
            Entry(start: entry.start, end: entry.end, line: entries.count, name: entry.name))
        }
        start += length + 1
      }
    }
    entries.sort { ($0.start, $0.line) < ($1.start, $1.line) }
    self.entries = OverlappingRanges(sorted: entries)
  }

  /// Parses `START SIZE NAME`: hexadecimal numbers, and a name that may contain blanks. Nil where the
  /// line is not valid.
  private static func entry(
    in line: Slice<UnsafeRawBufferPointer>, at offset: Int
  ) -> (start: UInt64, end: UInt64, name: Range<Int>)? {
    var rest = line
    guard let start = number(&rest), let size = number(&rest), size > 0, !rest.isEmpty else {
      return nil
    }
    let (end, overflows) = start.addingReportingOverflow(size)
    let nameEnd = rest.last == "\r" ? rest.endIndex - 1 : rest.endIndex
    guard !overflows, nameEnd > rest.startIndex else { return nil }
    return (start, end, offset + rest.startIndex..<offset + nameEnd)
  }

  /// Consumes 1 to 16 hexadecimal digits, perhaps with `0x` in front, and the blanks that must follow.
  private static func number(_ rest: inout Slice<UnsafeRawBufferPointer>) -> UInt64? {
    if rest.starts(with: "0x".utf8) || rest.starts(with: "0X".utf8) { rest = rest.dropFirst(2) }
    var value: UInt64 = 0
    var count = 0
    while let byte = rest.first, let digit = byte.hexadecimalValue {
      value = value << 4 | UInt64(digit)
      count += 1
      rest = rest.dropFirst()
    }
    guard 1...16 ~= count, rest.first == " " else { return nil }
    rest = rest.drop { $0 == " " }
    return value
  }

  /// The function at an address; nil where there is none.
  func function(at address: UInt64) -> JITFunction? {
    var best: Entry?
    entries.forEach(holding: address, limit: Self.mostSearched) { entry in
      if entry.line > best?.line ?? -1 { best = entry }
      return true
    }
    return best.map { JITFunction(name: String(decoding: bytes[$0.name], as: UTF8.self)) }
  }
}
