// SPDX-License-Identifier: Apache-2.0

import CShims

/// Patterns for the names of threads, with the wildcards of glob(7): `*`, `?`, `[a-z]`, `[!a]`, and
/// `\` in front of a character that stands for itself. A name matches if one of the patterns does.
///
/// The BPF program matches with a machine that is in several states at once, one bit each (the
/// Shift-And algorithm, with loops for `*`): it takes sixteen steps, whatever the patterns are. A
/// pattern has a state for each byte that it matches, and one for its end. There are 64 states for
/// all patterns together.
package struct NamePatterns: Hashable, Sendable {
  /// The patterns as text, as `init` got them.
  package let texts: [String]
  // The machine, as in `struct fb_names`.
  private var starts: UInt64 = 0
  private var loops: UInt64 = 0
  private var ends: UInt64 = 0
  private var accepts = [UInt64](repeating: 0, count: 256)

  /// Bytes that the kernel keeps of a name.
  private static let longestName = Int(FB_COMM_LENGTH) - 1

  /// Compiles patterns for the names of threads.
  ///
  /// - Parameter texts: The patterns, such as `worker-*`; without any, every name matches.
  /// - Returns: Nil if one of the patterns is empty, or if all together need more than 64 states:
  ///   one for each byte that a pattern matches, and one for the end of each pattern.
  package init?(_ texts: [String]) {
    self.texts = texts
    var state = 0
    for text in texts {
      guard let last = append(Array(text.utf8), from: state) else { return nil }
      state = last + 1
    }
  }

  /// Returns whether the name of a thread matches at least one of the patterns; true if there are
  /// no patterns.
  ///
  /// - Parameter name: The name; of a longer one the first 15 bytes count, since the kernel keeps
  ///   no more.
  package func matches(_ name: String) -> Bool {
    if ends == 0 { return true }
    var states = starts
    for byte in name.utf8.prefix(Self.longestName) {
      states = (states & accepts[Int(byte)]) << 1 | (states & loops)
    }
    return states & ends != 0
  }

  /// The machine in the layout of the BPF program.
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

  /// Adds a pattern, beginning with a state, and returns its last state; nil if there are too few.
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
      // A pattern that is a full name matches what the kernel keeps of that name.
      let isFull = state - first == Self.longestName
      if isFull, !hasWildcard, !rest.contains(UInt8(ascii: "*")) { break }
      guard state < 63 else { return nil }
      for matched in Self.bytes(at: byte, &rest) { accepts[Int(matched)] |= 1 << UInt64(state) }
      state += 1
    }
    ends |= 1 << UInt64(state)
    return state
  }

  /// The bytes that the element of a pattern matches which begins with `byte`.
  private static func bytes(at byte: UInt8, _ rest: inout ArraySlice<UInt8>) -> Set<UInt8> {
    switch byte {
    case UInt8(ascii: "?"): return Set(1...255)
    case UInt8(ascii: "\\"): return [rest.popFirst() ?? byte]
    case UInt8(ascii: "["):
      // Without a closing bracket it stands for itself. A closing one at the start is in the set.
      guard
        let end = rest.dropFirst(rest.first == UInt8(ascii: "!") ? 2 : 1)
          .firstIndex(of: UInt8(ascii: "]"))
      else { return [byte] }
      defer { rest = rest[(end + 1)...] }
      return set(Array(rest[..<end]))
    default: return [byte]
    }
  }

  /// The bytes that a bracket expression matches, given the text between the brackets.
  private static func set(_ text: [UInt8]) -> Set<UInt8> {
    let isNegated = text.first == UInt8(ascii: "!")
    var bytes: Set<UInt8> = []
    var rest = text.dropFirst(isNegated ? 1 : 0)
    while let first = rest.popFirst() {
      if rest.first == UInt8(ascii: "-"), let last = rest.dropFirst().first {
        rest = rest.dropFirst(2)
        if first <= last { bytes.formUnion(first...last) }
      } else {
        bytes.insert(first)
      }
    }
    return isNegated ? Set(1...255).subtracting(bytes) : bytes
  }
}
