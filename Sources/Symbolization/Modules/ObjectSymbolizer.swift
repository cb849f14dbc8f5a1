// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles
import ProfileModel

/// A symbolizer for the addresses of one object file, as it was linked; no process is needed. The
/// command `flameback symbolize` uses it.
package final class ObjectSymbolizer {
  /// A frame at an address: the function that holds the address, or a call that was inlined into
  /// it, with the source line.
  package struct Frame: Hashable, Sendable {
    /// The index of the function in the symbolizer's list `functions`; nil if the function is not
    /// known.
    package var function: Int?
    /// The index of the source file's path in the symbolizer's list `files`; 0 if the file is not
    /// known.
    package var file: Int
    /// The line in the source file, from 1; 0 if it is not known, or if the compiler generated the
    /// code.
    package var line: UInt32
    /// The column in the line, from 1; 0 if it is not known.
    package var column: UInt32
  }

  /// The reasons why some of the addresses that were looked up so far have no names; empty if there
  /// are none.
  package var limits: [NamingLimit] { reader.limits }
  /// The functions of all frames that were returned so far. `Frame.function` is an index in this
  /// list.
  package var functions: [Function] { interner.functions }
  /// The paths of the source files of all frames that were returned so far. `Frame.file` is an
  /// index in this list. The first path is empty: it stands for an unknown file.
  package private(set) var files: [String] = []
  /// The index in `files` of each file of the reader.
  private var fileIndices: [Int] = []
  private var symbolFiles: [String: Int] = [:]

  private let reader: ModuleReader
  private var interner: FunctionInterner

  /// Opens a symbolizer for an object file: reads its symbol tables, and finds its debug
  /// information.
  ///
  /// - Parameters:
  ///   - file: The open object file.
  ///   - path: The path of the object file. Debug files are also searched relative to it.
  ///   - options: How names are found and written.
  /// - Throws: `corrupt` if the file is not a 64-bit little-endian ELF file or is malformed.
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

  /// Finds the frames at each address: the inlined calls, innermost first, and then the function
  /// that they were inlined into. `functions` and `files` grow by what is found.
  ///
  /// - Parameter addresses: Addresses as linked, in any order.
  /// - Returns: One list of frames for each address, in the same order; a list is empty if nothing
  ///   is known of its address.
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
