// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles
import ProfileModel

/// Names addresses of one object file as it was linked, without any process: `flameback symbolize`.
package final class ObjectSymbolizer {
  /// A function at an address.
  package struct Frame: Hashable, Sendable {
    /// Index in `functions`; nil where not known.
    package var function: Int?
    /// Index in `files`.
    package var file: Int
    /// 0 where not known, and for code that the compiler generated.
    package var line: UInt32
    /// 0 where not known.
    package var column: UInt32
  }

  /// Why names are missing, as far as the addresses until now show.
  package var limits: [NamingLimit] { reader.limits }
  /// The functions at the addresses until now.
  package var functions: [Function] { interner.functions }
  /// Paths of the source files of the addresses until now. The first is empty and means "not known".
  package private(set) var files: [String] = []
  /// For each file of the reader its index in `files`.
  private var fileIndices: [Int] = []
  private var symbolFiles: [String: Int] = [:]

  private let reader: ModuleReader
  private var interner: FunctionInterner

  /// Reads the symbol tables of a file, and opens its debug information.
  ///
  /// - Parameter path: where the file is. Its debug files are searched relative to it.
  /// - Throws: `corrupt` where it is not an ELF file for this machine.
  package static func open(
    _ file: OpenFile, path: String, options: Symbolizer.Options
  ) throws(AbsenceReason) -> ObjectSymbolizer {
    guard let image = ElfImage(file) else { throw .corrupt }
    var options = options
    options.prefersSymbols = true
    return ObjectSymbolizer(
      .open(image, path: path, debugFiles: DebugFiles(options), options: options),
      Demangler(options.demangling))
  }

  private init(_ reader: ModuleReader, _ demangler: Demangler) {
    self.reader = reader
    interner = FunctionInterner(demangler: demangler)
  }

  /// The frames at each address, innermost first; empty where nothing is known.
  package func frames(at addresses: [UInt64]) -> [[Frame]] {
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
      // Too uncertain for profiles, but other symbolizers print it.
      if let last = frames.indices.last, frames[last].file == 0,
        let file = reader.symbolFile(at: address)
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
