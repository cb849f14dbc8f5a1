// SPDX-License-Identifier: Apache-2.0

/// Types, with the lifetimes that they bind.
extension RustV0Name {
  /// Consumes and prints a type.
  mutating func type() {
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

  /// The type of a function pointer.
  private mutating func functionType() {
    if eat("U") { print("unsafe ") }
    if eat("K") {
      print("extern \"")
      if eat("C") {
        print("C")
      } else {
        let start = output.count
        identifier()
        // A mangled name has `_` for the `-` in the name of a calling convention.
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

  /// A trait of a `dyn` type, with its associated types.
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

  /// Prints `for<'a, 'b> ` where lifetimes are bound; they are valid while `body` runs.
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

  /// Prints a lifetime: `'_` for index 0; else the name of a bound lifetime. Index 1 is the one
  /// that was bound last.
  mutating func lifetime(_ index: UInt64) {
    print("'")
    guard index > 0 else { return print("_") }
    guard index <= boundLifetimes else {
      // Where nothing is printed, back-references were not read, nor what they bind.
      if !isSilent { hasFailed = true }
      return
    }
    let number = boundLifetimes - index
    if number < 26 { print(byte: UInt8(97 + number)) } else { print("_\(number)") }
  }

  /// The name of a basic type; nil for other tags.
  static func basicType(_ tag: UInt8) -> String? {
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
}
