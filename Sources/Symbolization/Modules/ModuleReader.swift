// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// The symbols and the debug information of one module.
struct ModuleReader {
  private let symbols: SymbolTable
  private let ranges: FunctionRanges
  private let debug: (any FrameSource)?
  private let options: Symbolizer.Options
  private let debugLimits: [NamingLimit]
  /// Whether the module has no symbols but those that other files link to.
  let isStripped: Bool

  /// Reads a module's symbol tables, and finds and opens its debug information.
  ///
  /// - Parameter path: where the file is, or was. Separate debug files are searched relative to it.
  static func open(
    _ image: ElfImage, path: String, debugFiles: DebugFiles, options: Symbolizer.Options
  ) -> ModuleReader {
    let separate = debugFiles.debugFile(of: image, path: path)
    let images = [image, separate?.image, MiniDebugInformation.image(of: image)].compactMap { $0 }
    var source = DebugSource.open(image, path: path, debugFiles, options)
    if !source.isPresent, let separate {
      source = DebugSource.open(separate.image, path: separate.path, debugFiles, options)
    }
    return ModuleReader(image, images, source, options)
  }

  /// - Parameter images: the module's file, then those that only add symbols.
  private init(
    _ image: ElfImage, _ images: [ElfImage], _ source: DebugSource, _ options: Symbolizer.Options
  ) {
    ranges = FunctionRanges(image)
    symbols = SymbolTable(images, ranges)
    debug = source.frames ?? GoFunctionTable(image)
    debugLimits = source.limits
    isStripped =
      debug == nil
      && !images.contains { $0.sections.contains { $0.type == ElfConstant.symbolTable } }
    self.options = options
  }

  /// Why names are missing, as far as the frames that were asked for until now show.
  var limits: [NamingLimit] { debugLimits + (debug?.limits ?? []) }

  /// Paths of source files; `ModuleNames.Frame.file` is the index.
  var files: [String] { debug?.files ?? [""] }

  /// The source file of the function at an address, by the symbol table.
  func symbolFile(at address: UInt64) -> String? {
    symbols.index(at: address).flatMap(symbols.sourceFile)
  }

  /// The address at which the function begins that holds an address, by call frame information: for
  /// addresses without a name. Nil where it is not known.
  func functionStart(of address: UInt64) -> UInt64? { ranges.range(holding: address)?.lowerBound }

  /// The frames at each address, innermost first; empty where nothing is known.
  ///
  /// - Parameter addresses: as linked, ascending.
  func frames(at addresses: [UInt64], _ interner: inout FunctionInterner) -> [[ModuleNames.Frame]] {
    let chains = debug?.frames(at: addresses)
    return addresses.enumerated().map { index, address in
      let symbol = symbols.index(at: address)
      guard let debug, let chain = chains?[index], !chain.isEmpty else {
        return symbol.map {
          [
            ModuleNames.Frame(
              function: interner.index(ofSymbol: $0, in: symbols), file: 0, line: 0, column: 0,
              isInlined: false)
          ]
        } ?? []
      }
      return chain.enumerated().map { depth, frame in
        let isOutermost = depth == chain.count - 1
        let function =
          isOutermost
          ? interner.index(ofOutermost: frame.function, in: debug, symbol: symbol, symbols, options)
          : interner.index(of: frame.function, in: debug)
        return ModuleNames.Frame(
          function: function, file: frame.file, line: frame.line, column: frame.column,
          isInlined: !isOutermost)
      }
    }
  }
}
