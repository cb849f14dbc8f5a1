// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// What a JIT compiler writes to `/tmp/perf-PID.map`: a line for each function, with its address,
/// its size and its name. (Linux, tools/perf/Documentation/jit-interface.txt.)
///
/// Code is thrown away and its place used again without a word: where lines overlap, the last one
/// is right.
struct PerfMap {
  private struct Entry {
    var start: UInt64
    var end: UInt64
    /// Number of the line.
    var line: Int
    var name: Range<Int>
  }

  private let bytes: [UInt8]
  /// By start, then by line.
  private var entries: [Entry] = []
  /// The largest end so far: where to stop looking for a function that reaches an address.
  private var reaches: [UInt64] = []

  static let mostBytes = 64 << 20
  private static let mostEntries = 1_000_000
  private static let longestLine = 4096
  private static let mostEnclosing = 256

  /// Nil where it is too large, or cannot be read.
  init?(_ source: any ByteSource) {
    guard source.size <= Self.mostBytes, let bytes = source.bytes(at: 0, count: source.size) else {
      return nil
    }
    self.init(bytes)
  }

  /// A last line without its end may still be being written, and is left out.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    bytes.withUnsafeBytes { all in
      var start = 0
      while start < all.count, entries.count < Self.mostEntries {
        // `start` lies inside.
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
    var reach: UInt64 = 0
    reaches = entries.map {
      reach = max(reach, $0.end)
      return reach
    }
  }

  /// `START SIZE NAME`, the numbers in hexadecimal; the name may have blanks.
  private static func entry(
    in line: Slice<UnsafeRawBufferPointer>, at offset: Int
  ) -> (start: UInt64, end: UInt64, name: Range<Int>)? {
    var rest = line
    guard let start = number(&rest), let size = number(&rest), size > 0, !rest.isEmpty else {
      return nil
    }
    let (end, overflows) = start.addingReportingOverflow(size)
    let end2 = rest.last == "\r" ? rest.endIndex - 1 : rest.endIndex
    guard !overflows, end2 > rest.startIndex else { return nil }
    return (start, end, offset + rest.startIndex..<offset + end2)
  }

  /// Digits, perhaps behind `0x`, and the blanks that follow.
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

  func function(at address: UInt64) -> JITFunction? {
    var index = entries.partitioningIndex { $0.start > address } - 1
    var best: Entry?
    var looked = 0
    while index >= 0, reaches[index] > address, looked < Self.mostEnclosing {
      let entry = entries[index]
      if entry.end > address, entry.line > best?.line ?? -1 { best = entry }
      index -= 1
      looked += 1
    }
    return best.map { JITFunction(name: String(decoding: bytes[$0.name], as: UTF8.self)) }
  }
}
