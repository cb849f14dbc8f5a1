// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Names addresses of one file: a batch a file, and nothing of it is kept.
struct ModuleSymbolizer {
  var debugFiles: DebugFiles
  var options: Symbolizer.Options
  var demangler: Demangler

  /// Nil where the bytes are not an ELF file.
  func names(for request: ModuleRequest) -> ModuleNames? {
    guard let image = ElfImage(request.source) else { return nil }
    let addresses = request.fileOffsets.map { image.address(ofFileOffset: $0) }
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
    return ModuleNames(
      buildID: image.buildID, segment: image.executableSegment(holding: known.first),
      functions: interner.functions, files: reader.files,
      places: addresses.map { address in
        ModuleNames.Place(address: address, frames: address.flatMap { framesByAddress[$0] } ?? [])
      })
  }
}

/// One module, opened: its symbols and its debug information.
struct ModuleReader {
  private let symbols: SymbolTable
  private let debug: DebugInformation?
  private let options: Symbolizer.Options

  init(
    _ image: ElfImage, path: String, debugFiles: DebugFiles, options: Symbolizer.Options
  ) {
    let separate = debugFiles.debugFile(of: image, path: path)
    symbols = SymbolTable([image] + (separate.map { [$0.image] } ?? []))
    let own = Self.debugInformation(of: image, path: path, debugFiles, options)
    debug =
      own
      ?? separate.flatMap {
        Self.debugInformation(of: $0.image, path: $0.path, debugFiles, options)
      }
    self.options = options
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

  private static func debugInformation(
    of image: ElfImage, path: String, _ debugFiles: DebugFiles, _ options: Symbolizer.Options
  ) -> DebugInformation? {
    guard debugSize(of: image) <= options.debugLimit,
      let sections = DwarfSections(image, limit: options.debugLimit)
    else { return nil }
    var supplement: DwarfSections?
    if image.section(named: ".gnu_debugaltlink") != nil {
      guard let found = debugFiles.supplement(of: image, path: path),
        debugSize(of: found.image) <= options.debugLimit
      else { return nil }
      supplement = DwarfSections(found.image, limit: options.debugLimit)
    }
    return DebugInformation(
      sections, supplement: supplement, followsInlines: options.followsInlines
    ) { name, folder in
      debugFiles.split(name: name, folder: folder, of: path).flatMap {
        DwarfSections($0.image, suffix: ".dwo", limit: options.debugLimit)
      }
    }
  }

  /// Bytes that may come to be held in memory: sections that are not loaded with the program, with
  /// their size after decompression, as they claim it.
  private static func debugSize(of image: ElfImage) -> UInt64 {
    var sum: UInt64 = 0
    for section in image.sections where section.flags & ElfConstant.sectionIsAllocated == 0 {
      guard section.type != ElfConstant.noBits else { continue }
      var size = section.size
      if section.flags & ElfConstant.sectionIsCompressed != 0 {
        let header = image.source.bytes(at: section.fileOffset, count: 24).map(ByteReader.init)
        size = header?.load(UInt64.self, at: 8) ?? .max
      }
      let (total, overflows) = sum.addingReportingOverflow(size)
      if overflows { return .max }
      sum = total
    }
    return sum
  }
}
