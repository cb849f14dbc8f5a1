// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// What is to be named in one file: plain values and an open file, so that the work can be given
/// to another process.
struct ModuleRequest {
  var source: any ByteSource
  /// Where it was mapped from; separate debug files are looked for beside it.
  var path: String
  /// Distinct and sorted.
  var fileOffsets: [UInt64]
}

/// The answer: plain values only.
struct ModuleNames {
  struct Frame: Hashable {
    /// Index in `functions`.
    var function: Int
    /// Source file and line of the address, or of the inlined call; empty and 0 where not known.
    var file: String
    var line: UInt32
    var isInlined: Bool
  }

  struct Place {
    /// The address that the file was linked for; nil where no segment holds the offset.
    var address: UInt64?
    /// Innermost first; empty where there is no name.
    var frames: [Frame]
  }

  var buildID: BuildID?
  /// The executable segment of the places.
  var segment: ElfImage.Segment?
  var functions: [Function] = []
  /// One for each offset of the request.
  var places: [Place] = []
}

/// Names addresses of one file: a batch a file, and nothing of it is kept.
struct ModuleSymbolizer {
  var debugFiles: DebugFiles
  /// Files with more debug information than this, in bytes, are named by their symbols alone.
  var debugLimit: UInt64
  var demangler: Demangler

  /// Nil where the bytes are not an ELF file.
  func names(for request: ModuleRequest) -> ModuleNames? {
    guard let image = ElfImage(request.source) else { return nil }
    let addresses = request.fileOffsets.map { image.address(ofFileOffset: $0) }
    let known = Set(addresses.compactMap { $0 }).sorted()
    var names = ModuleNames(
      buildID: image.buildID, segment: image.executableSegment(holding: known.first))

    let separate = debugFiles.debugFile(of: image, path: request.path)
    let table = SymbolTable([image] + (separate.map { [$0.image] } ?? []))
    let debug = debugInformation(of: image, request: request, separate: separate)
    let chains = debug?.frames(at: known) ?? []

    var interner = FunctionInterner(demangler: demangler)
    var framesByAddress: [UInt64: [ModuleNames.Frame]] = [:]
    framesByAddress.reserveCapacity(known.count)
    for (index, address) in known.enumerated() {
      let chain = index < chains.count ? chains[index] : []
      framesByAddress[address] = interner.frames(chain, table.symbol(at: address))
    }
    names.functions = interner.functions
    names.places = addresses.map { address in
      ModuleNames.Place(address: address, frames: address.flatMap { framesByAddress[$0] } ?? [])
    }
    return names
  }

  /// The DWARF of the file itself, or of its separate debug file.
  private func debugInformation(
    of image: ElfImage, request: ModuleRequest, separate: DebugFiles.Found?
  ) -> DebugInformation? {
    if let file = request.source as? OpenFile,
      let debug = debugInformation(file, image, path: request.path)
    {
      return debug
    }
    return separate.flatMap { debugInformation($0.file, $0.image, path: $0.path) }
  }

  private func debugInformation(
    _ file: OpenFile, _ image: ElfImage, path: String
  ) -> DebugInformation? {
    guard let section = image.section(named: ".debug_info"), section.type != ElfConstant.noBits,
      debugSize(of: image) <= debugLimit
    else { return nil }
    guard image.section(named: ".gnu_debugaltlink") != nil else {
      return DebugInformation(file, supplement: nil)
    }
    guard let found = debugFiles.supplement(of: image, path: path),
      debugSize(of: found.image) <= debugLimit,
      found.image.section(named: ".gnu_debugaltlink") == nil,
      let supplement = DebugInformation(found.file, supplement: nil)
    else { return nil }
    return DebugInformation(file, supplement: supplement)
  }

  /// Bytes that libdw will hold in memory: sections that are not loaded with the program, with
  /// their size after decompression, as they claim it.
  private func debugSize(of image: ElfImage) -> UInt64 {
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

/// Gives each function of a module one index, and each name its text once.
private struct FunctionInterner {
  let demangler: Demangler
  private(set) var functions: [Function] = []
  private var indices: [Function: Int] = [:]
  private var fromDebug: [DebugInformation.Function: Int] = [:]

  init(demangler: Demangler) {
    self.demangler = demangler
  }

  /// DWARF knows more; the symbol stands in where DWARF knows nothing, as in assembly.
  mutating func frames(
    _ chain: [DebugInformation.Frame], _ symbol: SymbolTable.Symbol?
  ) -> [ModuleNames.Frame] {
    guard !chain.isEmpty else {
      guard let symbol, !symbol.name.isEmpty else { return [] }
      let function = index(of: Function(name: symbol.name))
      return [ModuleNames.Frame(function: function, file: "", line: 0, isInlined: false)]
    }
    var frames: [ModuleNames.Frame] = []
    for (depth, frame) in chain.enumerated() {
      let isOutermost = depth == chain.count - 1
      var function = frame.function
      // Functions that are local to C++ code often have a linkage name in the symbol table only.
      if isOutermost, !function.hasLinkageName, let symbol,
        symbol.name.hasPrefix("_Z") || function.name.isEmpty
      {
        function.name = symbol.name
      }
      if function.name.isEmpty { continue }
      frames.append(
        ModuleNames.Frame(
          function: index(of: function), file: frame.file, line: frame.line,
          isInlined: !isOutermost))
    }
    // What is inlined needs a function that it is inlined into.
    return frames.last?.isInlined == true ? [] : frames
  }

  private mutating func index(of function: DebugInformation.Function) -> Int {
    if let index = fromDebug[function] { return index }
    let index = index(
      of: Function(
        name: function.name, file: function.file,
        startLine: function.startLine))
    fromDebug[function] = index
    return index
  }

  private mutating func index(of raw: Function) -> Int {
    var function = raw
    function.name = demangler.demangled(raw.systemName)
    if let index = indices[function] { return index }
    indices[function] = functions.count
    functions.append(function)
    return functions.count - 1
  }
}
