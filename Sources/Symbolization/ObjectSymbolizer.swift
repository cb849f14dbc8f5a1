// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// Names addresses of one object file as it was linked, without any process: what stands behind
/// `flameback symbolize`.
public final class ObjectSymbolizer {
  /// A function at an address.
  public struct Frame: Hashable, Sendable {
    /// Empty where not known.
    public var function: String
    /// Path of the source file, empty where not known.
    public var file: String
    /// 0 where not known, or made up by the compiler.
    public var line: UInt32
    public var column: UInt32
  }

  private let reader: ModuleReader
  private var interner: FunctionInterner

  /// - Parameter path: where the file is; its debug files are looked for beside it.
  /// - Throws: `corrupt` where it is not an ELF file for this machine.
  public init(_ file: OpenFile, path: String, options: Symbolizer.Options) throws(AbsenceReason) {
    guard let image = ElfImage(file) else { throw .corrupt }
    var options = options
    options.prefersSymbols = true
    reader = ModuleReader(
      image, path: path, debugFiles: DebugFiles(roots: options.debugRoots), options: options)
    interner = FunctionInterner(demangler: Demangler(options.demangling))
  }

  /// The frames at each address, innermost first; empty where nothing is known.
  public func frames(at addresses: [UInt64]) -> [[Frame]] {
    let distinct = Set(addresses).sorted()
    let found = reader.frames(at: distinct, &interner)
    let functions = interner.functions
    let files = reader.files
    let frames = zip(distinct, found).map { address, chain in
      var frames = chain.map {
        Frame(
          function: $0.function < 0 ? "" : functions[Int($0.function)].name,
          file: files[Int($0.file)], line: $0.line, column: $0.column)
      }
      // Not sure enough to be shown in profiles, but what others print.
      if let last = frames.last, last.file.isEmpty, let file = reader.symbolsFile(at: address) {
        frames[frames.count - 1].file = file
      }
      return frames
    }
    return addresses.map { address in
      frames[distinct.partitioningIndex { $0 >= address }]
    }
  }
}
