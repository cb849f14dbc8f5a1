// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Names what one file can name: a batch a file, and nothing of it is kept.
struct ModuleSymbolizer: Sendable {
  var debugFiles: DebugFiles
  var options: Symbolizer.Options

  /// Nil where the bytes are no file of that kind.
  func names(for request: ModuleRequest, _ demangler: Demangler) -> ModuleNames? {
    return switch request.question {
    case .object(let offsets):
      names(at: offsets, of: request, demangler)
    case .perfMap(let addresses):
      PerfMap(request.source).map { map in ModuleNames(addresses.map(map.function)) }
    case .jitDump(let moments):
      JITDump(request.source).map { dump in ModuleNames(moments.map(dump.function)) }
    }
  }

  private func names(
    at offsets: [UInt64], of request: ModuleRequest, _ demangler: Demangler
  ) -> ModuleNames? {
    guard let image = ElfImage(request.source) else { return nil }
    let addresses = offsets.map { image.address(ofFileOffset: $0) }
    let known = Set(addresses.compactMap { $0 }).sorted()
    let reader = ModuleReader(image, path: request.path, debugFiles: debugFiles, options: options)
    var interner = FunctionInterner(demangler: demangler)
    var framesByAddress: [UInt64: [ModuleNames.Frame]] = [:]
    framesByAddress.reserveCapacity(known.count)
    for (address, frames) in zip(known, reader.frames(at: known, &interner)) {
      // What is inlined needs a function that it is inlined into; a line alone is no name.
      let isNamed = frames.allSatisfy { $0.function >= 0 } && frames.last?.isInlined == false
      framesByAddress[address] = isNamed ? frames : []
    }
    let isWhole = framesByAddress.values.allSatisfy { !$0.isEmpty }
    return ModuleNames(
      buildID: image.buildID, segment: image.executableSegment(holding: known.first),
      limits: reader.limits + (reader.isStripped && !isWhole ? [.noSymbols] : []),
      functions: interner.functions, files: reader.files,
      places: addresses.map { address in
        ModuleNames.Place(address: address, frames: address.flatMap { framesByAddress[$0] } ?? [])
      })
  }
}

/// One module, opened: its symbols and its debug information.
struct ModuleReader {
  private let symbols: SymbolTable
  private let debug: (any FrameSource)?
  private let options: Symbolizer.Options
  private let debugLimits: [NamingLimit]
  /// Without any symbols but those that other files need.
  let isStripped: Bool

  init(
    _ image: ElfImage, path: String, debugFiles: DebugFiles, options: Symbolizer.Options
  ) {
    let separate = debugFiles.debugFile(of: image, path: path)
    let others = [separate?.image, MiniDebugInformation.image(of: image)].compactMap { $0 }
    symbols = SymbolTable([image] + others)
    let own = DebugSource(image, path: path, debugFiles, options)
    let source =
      separate != nil && !own.isThere
      ? separate.map { DebugSource($0.image, path: $0.path, debugFiles, options) } ?? own : own
    debug = source.information ?? GoFunctionTable(image)
    debugLimits = source.limits
    isStripped =
      debug == nil
      && !([image] + others).contains { image in
        image.sections.contains { $0.type == ElfConstant.symbolTable }
      }
    self.options = options
  }

  /// Why there are not more names, as far as is known after all frames were asked for.
  var limits: [NamingLimit] {
    debugLimits + ((debug as? DebugInformation)?.lacksSplitUnits == true ? [.splitMissing] : [])
  }

  /// Paths of source files, by the numbers in frames.
  var files: [String] { debug?.files ?? [""] }

  /// The source file of the function at an address, as the symbol table tells it.
  func symbolsFile(at address: UInt64) -> String? {
    symbols.index(at: address).flatMap(symbols.sourceFile)
  }

  /// The frames at addresses as linked, which are sorted.
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
