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
  package private(set) var limits: [NamingLimit] = []
  /// The functions of all frames that were returned so far. `Frame.function` is an index in this
  /// list.
  package var functions: [Function] { allFunctions.elements }
  /// The paths of the source files of all frames that were returned so far. `Frame.file` is an
  /// index in this list. The first path is empty: it stands for an unknown file.
  package var files: [String] { allFiles.elements }

  private var allFunctions = GrowingList<Function>()
  private var allFiles = GrowingList<String>()
  private var symbolFiles: [String: Int] = [:]

  private let reader: ModuleReader
  private var interner: FunctionInterner
  private let options: Symbolizer.Options
  private let file: OpenFile
  private let path: String
  /// Reads by libdw, in a worker process.
  private lazy var second = {
    var options = options.isolated
    options.debugReader = .libdw
    options.isNamedByUser = true
    return GuardedSymbolizer(
      ModuleSymbolizer(debugFiles: DebugFiles(options), options: options), costs: WorkerCosts())
  }()

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
    var own = options
    own.debugReader = .own
    return ObjectSymbolizer(
      .open(image, path: path, debugFiles: DebugFiles(own), options: own), file, path, options)
  }

  private init(
    _ reader: ModuleReader, _ file: OpenFile, _ path: String, _ options: Symbolizer.Options
  ) {
    self.reader = reader
    self.options = options
    self.file = file
    self.path = path
    interner = FunctionInterner(demangler: Demangler(options.demangling))
  }

  /// Finds the frames at each address: the inlined calls, innermost first, and then the function
  /// that they were inlined into. `functions` and `files` grow by what is found.
  ///
  /// - Parameter addresses: Addresses as linked, in any order.
  /// - Returns: One list of frames for each address, in the same order; a list is empty if nothing
  ///   is known of its address.
  package func frames(at addresses: [UInt64]) -> [[Frame]] {
    let distinct = Set(addresses).sorted()
    let (names, ownCounts) = names(at: distinct)
    limits += names.limits.filter { !limits.contains($0) }
    let functions = allFunctions.add(names.functions, ofReader: ownCounts.functions)
    let files = allFiles.add(names.files, ofReader: ownCounts.files)
    let frames = zip(distinct, names.entries).map { address, entry in
      var frames = entry.frames.map {
        Frame(
          function: $0.function < 0 ? nil : functions[Int($0.function)], file: files[Int($0.file)],
          line: $0.line, column: $0.column)
      }
      // Too uncertain for profiles, but other symbolizers print it.
      if let last = frames.indices.last, self.files[frames[last].file].isEmpty,
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

  /// The names of addresses, and how many functions and files of the answer are those of our own
  /// reader, which come first.
  ///
  /// - Parameter addresses: ascending, distinct.
  private func names(
    at addresses: [UInt64]
  ) -> (names: ModuleNames, ownCounts: (functions: Int, files: Int)) {
    if options.debugReader == .libdw, let names = secondNames(at: addresses) {
      return (names, (0, 0))
    }
    let frames = reader.frames(at: addresses, &interner)
    let own = ModuleNames(
      limits: reader.limits, functions: interner.functions, files: reader.files,
      entries: zip(addresses, frames).map { ModuleNames.Entry(address: $0, frames: $1) })
    let counts = (own.functions.count, own.files.count)
    let isWhole = !own.limits.contains(where: \.isOfReader)
    guard options.debugReader == .both || (options.debugReader == nil && !isWhole),
      let libdw = secondNames(at: addresses)
    else { return (own, counts) }
    if options.debugReader == .both { options.differences?.compare(own, libdw, path: path) }
    return (own.completed(by: libdw), counts)
  }

  private func secondNames(at addresses: [UInt64]) -> ModuleNames? {
    second.names(for: ModuleRequest(source: file, path: path, question: .linked(addresses)))
  }

  private func index(ofSymbolFile file: String) -> Int {
    if let index = symbolFiles[file] { return index }
    let index = allFiles.add(file)
    symbolFiles[file] = index
    return index
  }
}

/// A list that only grows, by the parts of answers.
private struct GrowingList<Element> {
  private(set) var elements: [Element] = []
  /// The indices in `elements` of the elements of our own reader, whose list also only grows.
  private var ofReader: [Int] = []

  /// Adds the elements of an answer, those of our own reader once.
  ///
  /// - Parameter count: how many of them are of our own reader; they come first.
  /// - Returns: the indices in `elements` of all elements of the answer.
  mutating func add(_ answer: [Element], ofReader count: Int) -> [Int] {
    for element in answer[min(ofReader.count, count)..<count] { ofReader.append(add(element)) }
    return ofReader.prefix(count) + answer[count...].map { add($0) }
  }

  /// - Returns: the index in `elements`.
  mutating func add(_ element: Element) -> Int {
    elements.append(element)
    return elements.count - 1
  }
}
