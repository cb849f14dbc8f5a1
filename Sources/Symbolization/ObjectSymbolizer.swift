// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Names addresses of one object file as it was linked, without any process: what stands behind
/// `flameback symbolize`.
public final class ObjectSymbolizer {
  /// A function at an address.
  public struct Frame: Hashable, Sendable {
    /// Index in `functions`; nil where not known.
    public var function: Int?
    /// Index in `files`, whose first is empty: not known.
    public var file: Int
    /// 0 where not known, or made up by the compiler.
    public var line: UInt32
    public var column: UInt32
  }

  /// Why there are not more names, as far as is known by now.
  public var limits: [NamingLimit] { reader.limits }
  /// Names of the functions so far.
  public var functions: [Function] { interner.functions }
  /// Paths of the source files so far.
  public private(set) var files: [String] = []
  /// Where the reader's files are in `files`.
  private var fileIndices: [Int] = []
  private var symbolFiles: [String: Int] = [:]

  private let reader: ModuleReader
  private var interner: FunctionInterner

  /// - Parameter path: where the file is; its debug files are looked for beside it.
  /// - Throws: `corrupt` where it is not an ELF file for this machine.
  public init(_ file: OpenFile, path: String, options: Symbolizer.Options) throws(AbsenceReason) {
    guard let image = ElfImage(file) else { throw .corrupt }
    var options = options
    options.prefersSymbols = true
    reader = ModuleReader(
      image, path: path, debugFiles: DebugFiles(options), options: options)
    interner = FunctionInterner(demangler: Demangler(options.demangling))
  }

  /// The frames at each address, innermost first; empty where nothing is known.
  public func frames(at addresses: [UInt64]) -> [[Frame]] {
    let distinct = Set(addresses).sorted()
    let found = reader.frames(at: distinct, &interner)
    for path in reader.files[fileIndices.count...] {
      fileIndices.append(files.count)
      files.append(path)
    }
    let frames = zip(distinct, found).map { address, chain in
      var frames = chain.map {
        Frame(
          function: $0.function < 0 ? nil : Int($0.function), file: fileIndices[Int($0.file)],
          line: $0.line, column: $0.column)
      }
      // Not sure enough to be shown in profiles, but what others print.
      if let last = frames.indices.last, frames[last].file == 0,
        let file = reader.symbolsFile(at: address)
      {
        frames[last].file = index(ofSymbolFile: file)
      }
      return frames
    }
    return addresses.map { address in
      frames[distinct.partitioningIndex { $0 >= address }]
    }
  }

  private func index(ofSymbolFile file: String) -> Int {
    if let index = symbolFiles[file] { return index }
    symbolFiles[file] = files.count
    files.append(file)
    return files.count - 1
  }
}
