// SPDX-License-Identifier: Apache-2.0

/// Reads names that Rust mangled by its scheme v0: `_RNvCs…_5crate4name`.
///
/// Grammar: Rust RFC 2603, and "v0 Symbol Format" of the rustc book for what came later. The text is
/// that of `c++filt` where `isVerbose`, with the hashes of crates and the types of constants, else
/// that of Rust's own backtraces.
///
/// Back-references let a short name ask for a text without end: depth, steps and length are bounded.
struct RustV0Name {
  private let bytes: [UInt8]
  private let isVerbose: Bool
  private var position = 0
  private var output: [UInt8] = []
  private var hasFailed = false
  /// Parts that are read but not shown, such as where an implementation stands.
  private var isSilent = false
  private var boundLifetimes: UInt64 = 0
  private var depth = 0
  private var steps = 0

  private static let deepest = 200
  private static let mostSteps = 100_000

  /// The text of a name, nil where it is not one of this scheme.
  ///
  /// - Parameter mangled: without a suffix behind a dot.
  static func text(of mangled: some Collection<UInt8>, isVerbose: Bool) -> [UInt8]? {
    guard mangled.starts(with: "_R".utf8) else { return nil }
    var name = RustV0Name(bytes: Array(mangled.dropFirst(2)), isVerbose: isVerbose)
    // A digit would be the number of a later version of the scheme.
    guard let first = name.bytes.first, first.isUppercase else { return nil }
    name.path(inValue: true)
    if name.position < name.bytes.count, !name.hasFailed {
      // The crate that needed this copy.
      name.isSilent = true
      name.path(inValue: false)
    }
    return name.hasFailed || name.position != name.bytes.count ? nil : name.output
  }

  private init(bytes: [UInt8], isVerbose: Bool) {
    self.bytes = bytes
    self.isVerbose = isVerbose
  }

  // --- Paths ---------------------------------------------------------------------------------

  private mutating func path(inValue: Bool) {
    guard enter() else { return }
    defer { depth -= 1 }
    let tag = next()
    switch tag {
    case "C":
      let hash = disambiguator()
      identifier()
      if isVerbose { print("[\(String(hash, radix: 16))]") }
    case "N": nested(inValue: inValue)
    case "M", "X":
      _ = disambiguator()
      let wasSilent = isSilent
      isSilent = true
      path(inValue: inValue)
      isSilent = wasSilent
      qualified(isTrait: tag == "X")
    case "Y": qualified(isTrait: true)
    case "I":
      path(inValue: inValue)
      print(inValue ? "::<" : "<")
      list(", ") { $0.genericArgument() }
      print(">")
    case "B": backReference { $0.path(inValue: inValue) }
    default: hasFailed = true
    }
  }

  private mutating func nested(inValue: Bool) {
    let space = next()
    path(inValue: inValue)
    let number = disambiguator()
    let start = output.count
    guard space.isUppercase else {
      guard space.isLowercase else {
        hasFailed = true
        return
      }
      print("::")
      // Without a name it is a place that only compilers tell apart.
      if !identifier(), !isSilent { output.removeLast(output.count - start) }
      return
    }
    print("::{")
    switch space {
    case "C": print("closure")
    case "S": print("shim")
    default: print(byte: space)
    }
    let mark = output.count
    print(":")
    if !identifier(), !isSilent { output.removeLast(output.count - mark) }
    print("#\(number)}")
  }

  private mutating func qualified(isTrait: Bool) {
    print("<")
    type()
    if isTrait {
      print(" as ")
      path(inValue: false)
    }
    print(">")
  }

  /// A trait with its generics still open, as the types that belong to it follow.
  private mutating func openPath() -> Bool {
    guard enter() else { return false }
    defer { depth -= 1 }
    if eat("B") {
      var isOpen = false
      backReference { isOpen = $0.openPath() }
      return isOpen
    }
    guard eat("I") else {
      path(inValue: false)
      return false
    }
    path(inValue: false)
    print("<")
    list(", ") { $0.genericArgument() }
    return true
  }

  private mutating func genericArgument() {
    if eat("L") {
      lifetime(base62())
    } else if eat("K") {
      constant(inValue: false)
    } else {
      type()
    }
  }

  // --- Types ---------------------------------------------------------------------------------

  private mutating func type() {
    let tag = next()
    if let name = Self.basicType(tag) { return print(name) }
    guard enter() else { return }
    defer { depth -= 1 }
    switch tag {
    case "R", "Q":
      print("&")
      if eat("L") {
        let index = base62()
        if index != 0 {
          lifetime(index)
          print(" ")
        }
      }
      if tag == "Q" { print("mut ") }
      type()
    case "P", "O":
      print(tag == "P" ? "*const " : "*mut ")
      type()
    case "A", "S":
      print("[")
      type()
      if tag == "A" {
        print("; ")
        constant(inValue: true)
      }
      print("]")
    case "T":
      print("(")
      if list(", ", { $0.type() }) == 1 { print(",") }
      print(")")
    case "F": withBinder { $0.functionType() }
    case "D":
      print("dyn ")
      withBinder { name in name.list(" + ") { $0.dynamicTrait() } }
      guard eat("L") else {
        hasFailed = true
        return
      }
      let index = base62()
      if index != 0 {
        print(" + ")
        lifetime(index)
      }
    case "B": backReference { $0.type() }
    default:
      position -= 1
      path(inValue: false)
    }
  }

  private mutating func functionType() {
    if eat("U") { print("unsafe ") }
    if eat("K") {
      print("extern \"")
      if eat("C") {
        print("C")
      } else {
        let start = output.count
        identifier()
        // The dashes of its name were not allowed.
        for index in output[start...].indices where output[index] == "_" { output[index] = "-" }
      }
      print("\" ")
    }
    print("fn(")
    list(", ") { $0.type() }
    print(")")
    if eat("u") { return }
    print(" -> ")
    type()
  }

  private mutating func dynamicTrait() {
    var isOpen = openPath()
    while !hasFailed, eat("p") {
      print(isOpen ? ", " : "<")
      isOpen = true
      identifier()
      print(" = ")
      type()
    }
    if isOpen { print(">") }
  }

  /// `for<'a, 'b> `, whose lifetimes count as long as `body` runs.
  private mutating func withBinder(_ body: (inout Self) -> Void) {
    let outer = boundLifetimes
    let count = eat("G") ? base62() &+ 1 : 0
    if count > 0 {
      print("for<")
      var index: UInt64 = 0
      while index < count, !hasFailed {
        guard step() else { break }
        if index > 0 { print(", ") }
        boundLifetimes &+= 1
        lifetime(1)
        index += 1
      }
      print("> ")
    }
    body(&self)
    boundLifetimes = outer
  }

  private mutating func lifetime(_ index: UInt64) {
    print("'")
    guard index > 0 else { return print("_") }
    guard index <= boundLifetimes else {
      // Where nothing is shown, nothing was bound either.
      if !isSilent { hasFailed = true }
      return
    }
    let number = boundLifetimes - index
    if number < 26 { print(byte: UInt8(97 + number)) } else { print("_\(number)") }
  }

  private static func basicType(_ tag: UInt8) -> String? {
    switch tag {
    case "a": "i8"
    case "b": "bool"
    case "c": "char"
    case "d": "f64"
    case "e": "str"
    case "f": "f32"
    case "h": "u8"
    case "i": "isize"
    case "j": "usize"
    case "l": "i32"
    case "m": "u32"
    case "n": "i128"
    case "o": "u128"
    case "p": "_"
    case "s": "i16"
    case "t": "u16"
    case "u": "()"
    case "v": "..."
    case "x": "i64"
    case "y": "u64"
    case "z": "!"
    default: nil
    }
  }

  // --- Constants -----------------------------------------------------------------------------

  private mutating func constant(inValue: Bool) {
    guard enter() else { return }
    defer { depth -= 1 }
    let tag = next()
    switch tag {
    case "B": return backReference { $0.constant(inValue: inValue) }
    case "p": return print("_")
    case "h", "t", "m", "y", "o", "j": integer()
    case "a", "s", "l", "x", "n", "i":
      if eat("n") { print("-") }
      integer()
    case "b":
      switch hexadecimal() {
      case "0": print("false")
      case "1": print("true")
      default: hasFailed = true
      }
    case "c": character()
    // A text in quotes is a reference to one.
    case "R" where eat("e"): return text()
    // What follows came after RFC 2603; braces keep it apart in a list of arguments.
    default: return inBraces(unless: inValue) { $0.structure(tag) }
    }
    if isVerbose, let type = Self.basicType(tag) { print(": \(type)") }
  }

  private mutating func inBraces(unless inValue: Bool, _ body: (inout Self) -> Void) {
    if !inValue { print("{") }
    body(&self)
    if !inValue { print("}") }
  }

  private mutating func structure(_ tag: UInt8) {
    switch tag {
    case "e":
      print("*")
      text()
    case "R", "Q":
      print(tag == "R" ? "&" : "&mut ")
      constant(inValue: true)
    case "A":
      print("[")
      list(", ") { $0.constant(inValue: true) }
      print("]")
    case "T":
      print("(")
      if list(", ", { $0.constant(inValue: true) }) == 1 { print(",") }
      print(")")
    case "V":
      path(inValue: true)
      switch next() {
      case "U": break
      case "T":
        print("(")
        list(", ") { $0.constant(inValue: true) }
        print(")")
      case "S":
        print(" { ")
        list(", ") { name in
          _ = name.disambiguator()
          name.identifier()
          name.print(": ")
          name.constant(inValue: true)
        }
        print(" }")
      default: hasFailed = true
      }
    default: hasFailed = true
    }
  }

  private mutating func integer() {
    guard let digits = hexadecimal() else { return }
    if digits.count > 16 {
      print("0x\(digits)")
    } else if let number = UInt64(digits, radix: 16) {
      print("\(number)")
    } else {
      hasFailed = true
    }
  }

  private mutating func character() {
    guard let digits = hexadecimal(), let value = UInt32(digits, radix: 16) else {
      hasFailed = true
      return
    }
    switch value {
    case 9: print("'\\t'")
    case 10: print("'\\n'")
    case 13: print("'\\r'")
    case 0x21..<0x7e: print("'\(Unicode.Scalar(UInt8(value)))'")
    default: print("'\\u{\(String(value, radix: 16))}'")
    }
  }

  /// A text as the digits of its bytes.
  private mutating func text() {
    guard let digits = hexadecimal(), digits.utf8.count % 2 == 0 else {
      hasFailed = true
      return
    }
    var text: [UInt8] = []
    var rest = digits[...]
    while let byte = UInt8(rest.prefix(2), radix: 16) {
      text.append(byte)
      rest = rest.dropFirst(2)
    }
    print("\"")
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"", "\\": print("\\\(scalar)")
      case "\n": print("\\n")
      case "\t": print("\\t")
      case "\r": print("\\r")
      default: print(String(scalar))
      }
    }
    print("\"")
  }

  /// Digits up to a `_`.
  private mutating func hexadecimal() -> String? {
    let start = position
    while position < bytes.count, bytes[position] != "_" {
      guard bytes[position].isLowerHexadecimal else { break }
      position += 1
    }
    let digits = String(decoding: bytes[start..<position], as: UTF8.self)
    guard eat("_") else {
      hasFailed = true
      return nil
    }
    return digits
  }

  // --- Parts ---------------------------------------------------------------------------------

  /// Returns false for an empty one.
  @discardableResult
  private mutating func identifier() -> Bool {
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

  private mutating func disambiguator() -> UInt64 { eat("s") ? base62() &+ 1 : 0 }

  /// A number in base 62, ended by `_`; `_` alone is 0, and each other is one more than it says.
  private mutating func base62() -> UInt64 {
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

  /// Elements up to an `E`. Returns their number.
  @discardableResult
  private mutating func list(_ separator: String, _ element: (inout Self) -> Void) -> Int {
    var count = 0
    while !hasFailed, !eat("E") {
      guard step() else { break }
      if count > 0 { print(separator) }
      element(&self)
      count += 1
    }
    return count
  }

  private mutating func backReference(_ body: (inout Self) -> Void) {
    let own = position - 1
    let target = base62()
    guard target < UInt64(own) else {
      hasFailed = true
      return
    }
    // What is not shown need not be read again: a chain of references costs no more than its length.
    if isSilent { return }
    let back = position
    position = Int(target)
    body(&self)
    position = back
  }

  // --- Bytes ---------------------------------------------------------------------------------

  /// The next byte, 0 and failure where there is none.
  private mutating func next() -> UInt8 {
    guard position < bytes.count else {
      hasFailed = true
      return 0
    }
    position += 1
    return bytes[position - 1]
  }

  private mutating func eat(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func enter() -> Bool {
    depth += 1
    if depth > Self.deepest { hasFailed = true }
    if step() { return true }
    depth -= 1
    return false
  }

  private mutating func step() -> Bool {
    steps += 1
    if steps > Self.mostSteps || output.count > Demangler.longestOutput { hasFailed = true }
    return !hasFailed
  }

  private mutating func print(_ text: String) {
    if !isSilent, !hasFailed { output.append(contentsOf: text.utf8) }
  }

  private mutating func print(byte: UInt8) {
    if !isSilent, !hasFailed { output.append(byte) }
  }

  private mutating func print(bytes: ArraySlice<UInt8>) {
    if !isSilent, !hasFailed { output.append(contentsOf: bytes) }
  }
}
