// SPDX-License-Identifier: Apache-2.0

import CShims
import ObjectFiles
import ProfileModel
import Symbolization

/// One run of `symbolize`: reads addresses, prints functions and lines in the default format of
/// llvm-symbolizer.
struct SymbolizeRun {
  private let path: String
  private let symbolizer: ObjectSymbolizer
  /// The names of `symbolizer.functions` and `symbolizer.files`, escaped for a terminal.
  private var functions: [[UInt8]] = []
  private var files: [[UInt8]] = []

  /// Opens the object file and reads its tables.
  ///
  /// - Parameter usesServers: whether a missing debug file is fetched from debuginfod servers.
  init(path: String, options: Symbolizer.Options, usesServers: Bool) throws(Failure) {
    self.path = absolutePath(path)
    do throws(AbsenceReason) {
      let file = try OpenFile(opening: self.path)
      if usesServers {
        let outcome = Symbolizer(options: options).fetchDebugFile(of: file, path: self.path)
        if let sentence = Words.fetching(outcome) { StandardStreams.say("flameback: \(sentence)") }
      }
      // From here on untrusted bytes are parsed: all rights but reading are given up.
      fb_keep_only_reading()
      symbolizer = try .open(file, path: self.path, options: options)
    } catch {
      throw Words.objectFailure(error, path: path)
    }
  }

  /// Prints the answers.
  ///
  /// - Parameter addresses: as typed; if empty, they are read from standard input.
  mutating func run(_ addresses: [String]) throws(Failure) {
    if addresses.isEmpty {
      while let lines = StandardInput.availableLines() { try answer(lines) }
    } else {
      try answer(addresses.map { Array($0.utf8) })
    }
    for limit in symbolizer.limits {
      StandardStreams.say(
        "flameback: \(VisibleText.of(path)): \(Words.limit(limit)) (\(limit.rawValue))")
    }
  }

  private mutating func answer(_ lines: [[UInt8]]) throws(Failure) {
    let addresses = lines.map(Self.address)
    var chains = symbolizer.frames(at: addresses.compactMap { $0 })[...]
    functions += symbolizer.functions[functions.count...].map { Self.text($0.name) }
    files += symbolizer.files[files.count...].map(Self.text)
    var writer = ByteWriter()
    for address in addresses {
      let chain = address == nil ? [] : chains.removeFirst()
      if chain.isEmpty { writer.append("??\n??:0:0\n") }
      for frame in chain {
        writer.append(bytes: frame.function.map { functions[$0] } ?? Self.unknown)
        writer.append("\n")
        writer.append(bytes: files[frame.file])
        writer.append(":")
        writer.append(decimal: UInt64(frame.line))
        writer.append(":")
        writer.append(decimal: UInt64(frame.column))
        writer.append("\n")
      }
      writer.append("\n")
      if writer.bytes.count > Self.pieceSize { try flush(&writer) }
    }
    try flush(&writer)
  }

  private func flush(_ writer: inout ByteWriter) throws(Failure) {
    try StandardStreams.print(bytes: writer.bytes)
    writer = ByteWriter(capacity: 2 * Self.pieceSize)
  }

  private static let pieceSize = 64 << 10

  private static let unknown = Array("??".utf8)

  /// An untrusted name, escaped for a terminal.
  private static func text(_ name: String) -> [UInt8] {
    name.isEmpty ? unknown : Array(VisibleText.of(name).utf8)
  }

  /// The address in a line: `0x1234`, `1234`, or octal after a 0, as llvm-symbolizer reads them,
  /// also behind the word CODE. Nil for anything else.
  private static func address(_ line: [UInt8]) -> UInt64? {
    var words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
    if words.first?.elementsEqual("CODE".utf8) == true { words.removeFirst() }
    guard let word = words.first.map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
    if word.hasPrefix("0x") || word.hasPrefix("0X") { return UInt64(word.dropFirst(2), radix: 16) }
    return word.hasPrefix("0") ? UInt64(word, radix: 8) : UInt64(word)
  }
}
