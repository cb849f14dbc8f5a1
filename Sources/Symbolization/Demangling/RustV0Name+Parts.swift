// SPDX-License-Identifier: Apache-2.0

/// The elements of names: identifiers, integers, lists, back-references.
extension RustV0Name {
  /// Consumes an identifier. Returns false for an empty one.
  @discardableResult
  mutating func identifier() -> Bool {
    let isPunycode = eat("u")
    let first = next()
    guard first.isDigit else {
      hasFailed = true
      return false
    }
    var length = Int(first - "0")
    while length != 0, position < bytes.count, bytes[position].isDigit {
      length = length * 10 + Int(bytes[position] - "0")
      position += 1
      guard length <= bytes.count else { break }
    }
    _ = eat("_")
    guard length <= bytes.count - position else {
      hasFailed = true
      return false
    }
    let name = bytes[position..<position + length]
    position += length
    guard isPunycode else {
      print(bytes: name)
      return !name.isEmpty
    }
    steps += length
    let cut = name.lastIndex(of: "_")
    let text = Punycode.text(
      basic: cut.map { name[..<$0] } ?? [], digits: cut.map { name[($0 + 1)...] } ?? name)
    guard let text else {
      hasFailed = true
      return false
    }
    print(text)
    return true
  }

  /// The optional integer that distinguishes equal names; 0 where it is missing.
  mutating func disambiguator() -> UInt64 { eat("s") ? base62() &+ 1 : 0 }

  /// An integer in base 62, ended by `_`. `_` alone is 0; others are one more than their digits.
  mutating func base62() -> UInt64 {
    if eat("_") { return 0 }
    var value: UInt64 = 0
    while !hasFailed {
      let digit = next()
      switch digit {
      case "_": return value &+ 1
      case _ where digit.isDigit: value = value &* 62 &+ UInt64(digit - "0")
      case _ where digit.isLowercase: value = value &* 62 &+ UInt64(digit - "a") &+ 10
      case _ where digit.isUppercase: value = value &* 62 &+ UInt64(digit - "A") &+ 36
      default: hasFailed = true
      }
    }
    return 0
  }

  /// Consumes elements up to an `E`, and prints them with a separator. Returns their number.
  @discardableResult
  mutating func list(_ separator: String, _ element: (inout Self) -> Void) -> Int {
    var count = 0
    while !hasFailed, !eat("E") {
      guard step() else { break }
      if count > 0 { print(separator) }
      element(&self)
      count += 1
    }
    return count
  }

  /// Reads the element at an earlier position again.
  mutating func backReference(_ body: (inout Self) -> Void) {
    let own = position - 1
    let target = base62()
    guard target < UInt64(own) else {
      hasFailed = true
      return
    }
    // Where nothing is printed, the element need not be read again; so a chain of references takes
    // linear time.
    if isSilent { return }
    let back = position
    position = Int(target)
    body(&self)
    position = back
  }

  // --- Bytes ---------------------------------------------------------------------------------

  /// Consumes a byte; 0 and failure where there is none.
  mutating func next() -> UInt8 {
    guard position < bytes.count else {
      hasFailed = true
      return 0
    }
    position += 1
    return bytes[position - 1]
  }

  /// Consumes a byte if it is the next one.
  mutating func eat(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// Begins a nested element; false and failure where the nesting is too deep.
  mutating func enter() -> Bool {
    depth += 1
    if depth > Self.deepest { hasFailed = true }
    if step() { return true }
    depth -= 1
    return false
  }

  /// Counts a step; false and failure where the limits of steps or output are exceeded.
  mutating func step() -> Bool {
    steps += 1
    if steps > Self.mostSteps || output.count > Demangler.longestOutput { hasFailed = true }
    return !hasFailed
  }

  mutating func print(_ text: String) {
    if !isSilent, !hasFailed { output.append(contentsOf: text.utf8) }
  }

  mutating func print(byte: UInt8) {
    if !isSilent, !hasFailed { output.append(byte) }
  }

  mutating func print(bytes: ArraySlice<UInt8>) {
    if !isSilent, !hasFailed { output.append(contentsOf: bytes) }
  }
}
