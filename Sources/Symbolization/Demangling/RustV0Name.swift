// SPDX-License-Identifier: Apache-2.0

/// Demangles names of Rust's scheme v0: `_RNvCs…_5crate4name`.
///
/// Grammar: Rust RFC 2603, and "v0 Symbol Format" of the rustc book for newer parts. A recursive-descent
/// parser that prints as it reads.
///
/// By back-references a short name can expand without end, so depth, steps and length are limited.
struct RustV0Name {
  let bytes: [UInt8]
  /// Whether the text is that of `c++filt`, with the hashes of crates and the types of constants; else that
  /// of Rust's own backtraces.
  let isVerbose: Bool
  /// Index in `bytes` of the next byte.
  var position = 0
  var output: [UInt8] = []
  /// Whether the name was found not to be valid. Parsing continues without effect then.
  var hasFailed = false
  /// Whether parts are read but not printed, such as the path of an `impl`.
  var isSilent = false
  /// Number of lifetimes of the enclosing binders.
  var boundLifetimes: UInt64 = 0
  var depth = 0
  var steps = 0

  static let deepest = 200
  static let mostSteps = 100_000

  /// The demangled name in UTF-8; nil where the name is not of this scheme.
  ///
  /// - Parameter mangled: without a suffix after a dot.
  static func text(of mangled: some Collection<UInt8>, isVerbose: Bool) -> [UInt8]? {
    guard mangled.starts(with: "_R".utf8) else { return nil }
    var name = RustV0Name(bytes: Array(mangled.dropFirst(2)), isVerbose: isVerbose)
    // A digit would be the version of a later scheme.
    guard let first = name.bytes.first, first.isUppercase else { return nil }
    name.path(inValue: true)
    if name.position < name.bytes.count, !name.hasFailed {
      // The crate in which a generic function was instantiated.
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

  /// Consumes and prints a path.
  ///
  /// - Parameter inValue: whether generic arguments are printed as `::<T>`, else as `<T>`.
  mutating func path(inValue: Bool) {
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

  /// An item in another: a name in a namespace, or a closure or shim with an index.
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
      // An empty name is only internal to the compiler.
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

  /// `<Type>` or `<Type as Trait>`.
  private mutating func qualified(isTrait: Bool) {
    print("<")
    type()
    if isTrait {
      print(" as ")
      path(inValue: false)
    }
    print(">")
  }

  /// Prints a path, but leaves the list of its generic arguments open. Returns whether there is one.
  mutating func openPath() -> Bool {
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

  mutating func genericArgument() {
    if eat("L") {
      lifetime(base62())
    } else if eat("K") {
      constant(inValue: false)
    } else {
      type()
    }
  }
}
