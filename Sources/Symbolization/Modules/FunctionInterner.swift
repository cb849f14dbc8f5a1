// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Gives each function of a module one index, and demangles each name once.
struct FunctionInterner {
  let demangler: Demangler
  /// Demangled; what the indices refer to.
  private(set) var functions: [Function] = []
  private var indices: [Key: Int32] = [:]
  /// By the function's index in the debug information; -2 where not needed yet.
  private var fromDebug: [Int32] = []
  /// By the symbol's index in the symbol table.
  private var fromSymbol: [Int: Int32] = [:]
  /// For outermost functions, whose names may depend on both.
  private var fromBoth: [Pair: Int32] = [:]

  /// The fields in which functions differ: cheaper to hash than whole functions.
  private struct Key: Hashable {
    var systemName: String
    var file: Int32
    var startLine: UInt32
  }

  private struct Pair: Hashable {
    var function: Int32
    var symbol: Int
  }

  init(demangler: Demangler) {
    self.demangler = demangler
  }

  /// The index of a function of the symbol table; -1 for one without a name.
  mutating func index(ofSymbol symbol: Int, in symbols: SymbolTable) -> Int32 {
    if let index = fromSymbol[symbol] { return index }
    let index = index(of: SourceFunction(name: symbols.name(at: symbol)), [""])
    fromSymbol[symbol] = index
    return index
  }

  /// The index of a function of debug information; -1 for one without a name.
  mutating func index(of function: Int32, in debug: some FrameSource) -> Int32 {
    let position = Int(function)
    if position < fromDebug.count, fromDebug[position] != -2 { return fromDebug[position] }
    while fromDebug.count <= position { fromDebug.append(-2) }
    let index = index(of: debug.functions[position], debug.files)
    fromDebug[position] = index
    return index
  }

  /// The index of the outermost function of an address; -1 for one without a name.
  ///
  /// DWARF has more detail. The symbol is used where DWARF has nothing, as in assembly, and where only
  /// the symbol has a linkage name, as for C++ functions with internal linkage.
  ///
  /// - Parameters:
  ///   - function: index in `debug.functions`, or -1.
  ///   - symbol: index in `symbols`; nil where no symbol holds the address.
  mutating func index(
    ofOutermost function: Int32, in debug: some FrameSource, symbol: Int?,
    _ symbols: SymbolTable, _ options: Symbolizer.Options
  ) -> Int32 {
    guard let symbol else { return function < 0 ? -1 : index(of: function, in: debug) }
    guard function >= 0 else { return index(ofSymbol: symbol, in: symbols) }
    let pair = Pair(function: function, symbol: symbol)
    if let index = fromBoth[pair] { return index }
    var merged = debug.functions[Int(function)]
    if options.prefersSymbols || !merged.hasLinkageName {
      let name = symbols.name(at: symbol)
      if options.prefersSymbols || merged.name.isEmpty || name.hasPrefix("_Z") {
        merged.name = name
      }
    }
    let index = index(of: merged, debug.files)
    fromBoth[pair] = index
    return index
  }

  private mutating func index(of function: SourceFunction, _ files: [String]) -> Int32 {
    guard !function.name.isEmpty else { return -1 }
    let key = Key(systemName: function.name, file: function.file, startLine: function.startLine)
    if let index = indices[key] { return index }
    let index = Int32(truncatingIfNeeded: functions.count)
    indices[key] = index
    functions.append(
      Function(
        name: demangler.demangled(function.name), systemName: function.name,
        file: files[Int(function.file)], startLine: function.startLine))
    return index
  }
}
