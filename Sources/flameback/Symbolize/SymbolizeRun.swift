// SPDX-License-Identifier: Apache-2.0

import Glibc
import ObjectFiles
import ProfileModel
import Symbolization

/// Addresses in, names out, in the default format of llvm-symbolizer.
struct SymbolizeRun {
  let path: String
  let options: Symbolizer.Options

  /// - Parameter addresses: as typed; those on standard input where there are none.
  func run(_ addresses: [String]) throws(Failure) {
    let symbolizer: ObjectSymbolizer
    do throws(AbsenceReason) {
      let file = try OpenFile(try openRegularFile(Self.absolute(path), in: "/"))
      symbolizer = try ObjectSymbolizer(file, path: Self.absolute(path), options: options)
    } catch {
      throw Words.objectFailure(error, path: path)
    }
    guard addresses.isEmpty else { return try answer(addresses.map { Array($0.utf8) }, symbolizer) }
    while let lines = StandardInput.availableLines() { try answer(lines, symbolizer) }
  }

  private func answer(
    _ lines: [[UInt8]], _ symbolizer: ObjectSymbolizer
  ) throws(Failure) {
    let addresses = lines.map(Self.address)
    let frames = symbolizer.frames(at: addresses.compactMap { $0 })
    var next = 0
    var writer = ByteWriter()
    for address in addresses {
      var chain: [ObjectSymbolizer.Frame] = []
      if address != nil {
        chain = frames[next]
        next += 1
      }
      if chain.isEmpty { writer.append("??\n??:0:0\n") }
      for frame in chain {
        writer.append(text: frame.function.isEmpty ? "??" : VisibleText.of(frame.function))
        writer.append("\n")
        writer.append(text: frame.file.isEmpty ? "??" : VisibleText.of(frame.file))
        writer.append(":")
        writer.append(decimal: UInt64(frame.line))
        writer.append(":")
        writer.append(decimal: UInt64(frame.column))
        writer.append("\n")
      }
      writer.append("\n")
    }
    do throws(SystemError) {
      try OutputFile.write(writer.bytes, to: "-")
    } catch {
      throw Words.outputFailure(error)
    }
  }

  /// `0x1234`, `1234`, or octal after a 0, as llvm-symbolizer reads them; nil for anything else.
  private static func address(_ line: [UInt8]) -> UInt64? {
    var words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    if words.first == "CODE" { words.removeFirst() }
    guard let word = words.first else { return nil }
    if word.hasPrefix("0x") || word.hasPrefix("0X") { return UInt64(word.dropFirst(2), radix: 16) }
    return word.hasPrefix("0") ? UInt64(word, radix: 8) : UInt64(word)
  }

  /// Seen from the root, in which files are opened.
  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }
}
