// SPDX-License-Identifier: Apache-2.0

/// The first line of a sample as `perf script` prints it:
///
///     comm PID/TID [CPU] SECONDS.MICROS:   PERIOD event:
///
/// PID, CPU and period may be absent, and the name may hold blanks, digits and brackets: the
/// thread's id is the first number that a CPU or a time follows.
struct PerfScriptHeader {
  var comm: Range<Int>
  var processID: Int32
  var threadID: Int32
  /// Nanoseconds.
  var time: UInt64

  /// - Returns: nil if the line is something else.
  init?(_ bytes: [UInt8], _ range: Range<Int>) {
    guard let first = bytes[range].first, !Self.isBlank(first) else { return nil }
    var words = Words(bytes, range)
    guard var word = words.next() else { return nil }
    while let next = words.next() {
      // `word` stands in front of `next`: at least one word is the name.
      if word.lowerBound > range.lowerBound, let ids = Self.ids(bytes, word) {
        var rest = words
        let time =
          Self.isCPU(bytes, next)
          ? rest.next().flatMap { Self.time(bytes, $0) } : Self.time(bytes, next)
        if let time {
          var end = word.lowerBound
          while end > range.lowerBound && Self.isBlank(bytes[end - 1]) { end -= 1 }
          comm = range.lowerBound..<end
          (processID, threadID) = ids
          self.time = time
          return
        }
      }
      word = next
    }
    return nil
  }

  /// `42`, a thread's id, or `42/43`, both; the idle task is `0`, and of ended ones `-1`.
  private static func ids(_ bytes: [UInt8], _ word: Range<Int>) -> (Int32, Int32)? {
    let parts = bytes[word].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count) else { return nil }
    return numbers.count == 2 ? (numbers[0], numbers[1]) : (-1, numbers[0])
  }

  private static func isCPU(_ bytes: [UInt8], _ word: Range<Int>) -> Bool {
    word.count > 2 && bytes[word.lowerBound] == UInt8(ascii: "[")
      && bytes[word.upperBound - 1] == UInt8(ascii: "]")
      && bytes[word.dropFirst().dropLast()].allSatisfy(isDigit)
  }

  /// `123.456789:`
  private static func time(_ bytes: [UInt8], _ word: Range<Int>) -> UInt64? {
    guard bytes[word.upperBound - 1] == UInt8(ascii: ":") else { return nil }
    var value: UInt64 = 0
    var places = -1
    for byte in bytes[word].dropLast() {
      if byte == UInt8(ascii: "."), places < 0 {
        places = 0
        continue
      }
      guard isDigit(byte), value < 1_000_000_000_000_000_000 else { return nil }
      value = value &* 10 &+ UInt64(byte - 48)
      if places >= 0 { places += 1 }
    }
    guard (1...9).contains(places) else { return nil }
    for _ in places..<9 { value = value.multipliedReportingOverflow(by: 10).partialValue }
    return value
  }

  /// Replaces by `_` each blank in front of what would be read as a time, in a name that is to be
  /// written: no name can then be read as the rest of a header.
  static func joinTimes(_ name: inout [UInt8]) {
    guard name.contains(UInt8(ascii: ":")) else { return }
    var words = Words(name, name.startIndex..<name.endIndex)
    var joined = name
    while let word = words.next() {
      if word.lowerBound > 0, time(name, word) != nil {
        joined[word.lowerBound - 1] = UInt8(ascii: "_")
      }
    }
    name = joined
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == 9 }
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

  private struct Words {
    let bytes: [UInt8]
    let end: Int
    var position: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
      self.bytes = bytes
      end = range.upperBound
      position = range.lowerBound
    }

    mutating func next() -> Range<Int>? {
      while position < end && isBlank(bytes[position]) { position += 1 }
      let start = position
      while position < end && !isBlank(bytes[position]) { position += 1 }
      return start < position ? start..<position : nil
    }
  }
}
