// SPDX-License-Identifier: Apache-2.0

import CShims

/// Patterns for the names of threads, as glob(7) has them: `*`, `?`, `[a-z]`, `[!a]`, and `\` in
/// front of a character that is meant itself. A name matches if one of them does.
///
/// They run in the kernel as a machine that is in several states at once, a bit each (the Shift-And
/// algorithm, with loops for `*`): sixteen steps decide, whatever the patterns are. A pattern has a
/// state for each byte that it wants, and one for its end; all together there are 64.
public struct NamePatterns: Hashable, Sendable {
  /// As they were given.
  public let texts: [String]
  private var starts: UInt64 = 0
  private var loops: UInt64 = 0
  private var ends: UInt64 = 0
  private var accepts = [UInt64](repeating: 0, count: 256)

  /// The kernel cuts longer names.
  private static let longestName = Int(FB_COMM_LENGTH) - 1

  /// Nil if they are too many or too long, or one of them is empty.
  public init?(_ texts: [String]) {
    self.texts = texts
    var state = 0
    for text in texts {
      guard let last = append(Array(text.utf8), from: state) else { return nil }
      state = last + 1
    }
  }

  /// Whether a name matches.
  public func matches(_ name: String) -> Bool {
    if ends == 0 { return true }
    var states = starts
    for byte in name.utf8.prefix(Self.longestName) {
      states = (states & accepts[Int(byte)]) << 1 | (states & loops)
    }
    return states & ends != 0
  }

  /// As the program has them.
  var compiled: fb_names {
    var names = fb_names()
    names.starts = starts
    names.loops = loops
    names.ends = ends
    withUnsafeMutableBytes(of: &names.accepts) { bytes in
      // Safe: the tuple holds 256 numbers of 64 bits.
      let slots = bytes.bindMemory(to: UInt64.self)
      for (index, states) in accepts.enumerated() { slots[index] = states }
    }
    return names
  }

  /// Its last state; nil if there are too few.
  private mutating func append(_ pattern: [UInt8], from first: Int) -> Int? {
    var state = first
    var rest = pattern[...]
    var hasWildcard = false
    guard !rest.isEmpty, state < 64 else { return nil }
    starts |= 1 << UInt64(state)
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "*") {
        loops |= 1 << UInt64(state)
        hasWildcard = true
        continue
      }
      // A name that was typed in full matches what the kernel has left of it.
      let isFull = state - first == Self.longestName
      if isFull, !hasWildcard, !rest.contains(UInt8(ascii: "*")) { break }
      guard state < 63 else { return nil }
      for wanted in Self.bytes(at: byte, &rest) { accepts[Int(wanted)] |= 1 << UInt64(state) }
      state += 1
    }
    ends |= 1 << UInt64(state)
    return state
  }

  /// The bytes that one place of a pattern wants, which begins with `byte`.
  private static func bytes(at byte: UInt8, _ rest: inout ArraySlice<UInt8>) -> Set<UInt8> {
    switch byte {
    case UInt8(ascii: "?"): return Set(1...255)
    case UInt8(ascii: "\\"): return [rest.popFirst() ?? byte]
    case UInt8(ascii: "["):
      // Without an end it means itself; a bracket right at the start is one of those in it.
      guard
        let end = rest.dropFirst(rest.first == UInt8(ascii: "!") ? 2 : 1)
          .firstIndex(of: UInt8(ascii: "]"))
      else { return [byte] }
      defer { rest = rest[(end + 1)...] }
      return set(Array(rest[..<end]))
    default: return [byte]
    }
  }

  /// What stands between brackets.
  private static func set(_ text: [UInt8]) -> Set<UInt8> {
    let isNegated = text.first == UInt8(ascii: "!")
    var wanted: Set<UInt8> = []
    var rest = text.dropFirst(isNegated ? 1 : 0)
    while let first = rest.popFirst() {
      if rest.first == UInt8(ascii: "-"), let last = rest.dropFirst().first {
        rest = rest.dropFirst(2)
        if first <= last { wanted.formUnion(first...last) }
      } else {
        wanted.insert(first)
      }
    }
    return isNegated ? Set(1...255).subtracting(wanted) : wanted
  }
}
