// SPDX-License-Identifier: Apache-2.0

/// What bpftrace prints of a key before, between and behind its stacks.
struct BpftraceKey: Hashable {
  /// Whether a stack without frames comes before `part`: some versions print nothing for it.
  var hasEmptyStack: Bool
  /// The text of the parts that are no stacks; nil for none.
  var part: String?

  /// - Parameters:
  ///   - text: Without the comma or bracket behind it.
  ///   - hasEmptyStack: Whether a comma comes first, as the end of a stack.
  init(_ text: ArraySlice<UInt8>, hasEmptyStack: Bool) {
    self.hasEmptyStack = hasEmptyStack
    let rest = text.drop { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") }
    part = rest.isEmpty ? nil : String(decoding: rest, as: UTF8.self)
  }
}

/// A line between two entries of a map.
enum BpftraceOuterLine {
  /// `@reads[`, maybe with parts of the key that come before the first stack, such as `cat, `.
  case beginning(map: String, BpftraceKey)
  /// `@[, swapper/0]: 7`: an entry with stacks that have no frames.
  case entryWithoutFrames(map: String, BpftraceKey, count: UInt64)
  /// `@total: 5`, `@[cat]: 3`: of a map without stacks.
  case otherMap
  /// bpftrace's own word, such as `Attaching 1 probe...`.
  case message
  case other

  /// - Parameter range: A line of `bytes`, not empty.
  init(_ bytes: [UInt8], _ range: Range<Int>) {
    let line = bytes[range]
    guard line.first == UInt8(ascii: "@") else {
      self = line.starts(with: "Attaching ".utf8) ? .message : .other
      return
    }
    let name = line.dropFirst().prefix(while: Self.isOfName)
    guard name.endIndex < range.upperBound, bytes[name.endIndex] == UInt8(ascii: "[") else {
      self = .otherMap
      return
    }
    let map = String(decoding: name, as: UTF8.self)
    let key = name.endIndex + 1..<range.upperBound
    let hasEmptyStack = bytes[key].first == UInt8(ascii: ",")
    if let end = BpftraceEnd(bytes, key) {
      self =
        end.key.isEmpty || hasEmptyStack
        ? .entryWithoutFrames(
          map: map, BpftraceKey(bytes[end.key], hasEmptyStack: hasEmptyStack), count: end.count)
        : .otherMap
    } else if let text = key.isEmpty ? [] : BpftraceEnd.withoutComma(bytes[key]) {
      self = .beginning(map: map, BpftraceKey(text, hasEmptyStack: hasEmptyStack))
    } else {
      self = .otherMap
    }
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte &- 48 < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
  }
}

/// A line within an entry.
enum BpftraceInnerLine {
  /// A frame: a range of the line's bytes, without blanks around it.
  case frame(Range<Int>)
  /// `, ` or `, cat, `: the next stack follows.
  case nextStack(BpftraceKey)
  /// `]: 42` or `, cat]: 42`.
  case end(BpftraceKey, count: UInt64)
  case blank
  case other

  /// - Parameter range: A line of `bytes`, not empty.
  init(_ bytes: [UInt8], _ range: Range<Int>) {
    let first = bytes[range.lowerBound]
    if PerfScriptHeader.isBlank(first) {
      let start = bytes[range].firstIndex { !PerfScriptHeader.isBlank($0) }
      let last = bytes[range].lastIndex { !PerfScriptHeader.isBlank($0) }
      if let start, let last { self = .frame(start..<last + 1) } else { self = .blank }
      return
    }
    guard first == UInt8(ascii: ",") || first == UInt8(ascii: "]") else {
      self = .other
      return
    }
    // The comma at the beginning ends the stack before it.
    func key(_ text: ArraySlice<UInt8>) -> BpftraceKey {
      let rest = text.dropFirst().drop { $0 == UInt8(ascii: " ") }
      return BpftraceKey(rest, hasEmptyStack: rest.first == UInt8(ascii: ","))
    }
    if let end = BpftraceEnd(bytes, range) {
      self = .end(key(bytes[end.key]), count: end.count)
    } else if let text = BpftraceEnd.withoutComma(bytes[range]) {
      self = .nextStack(key(text))
    } else {
      self = .other
    }
  }
}

/// The end of an entry, `]: 42`.
private struct BpftraceEnd {
  /// What is before the bracket.
  var key: Range<Int>
  var count: UInt64

  /// nil if the line does not end with a count. A larger one than all counts is held at the largest.
  init?(_ bytes: [UInt8], _ range: Range<Int>) {
    guard let (count, blank) = FoldedLine.count(bytes, range), blank >= range.lowerBound + 2,
      bytes[blank - 1] == UInt8(ascii: ":"), bytes[blank - 2] == UInt8(ascii: "]")
    else { return nil }
    self.count = count
    key = range.lowerBound..<blank - 2
  }

  /// The text before a comma at the end; nil if there is none.
  static func withoutComma(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let last = text.lastIndex(where: { $0 != UInt8(ascii: " ") }),
      text[last] == UInt8(ascii: ",")
    else { return nil }
    return text[..<last]
  }
}
