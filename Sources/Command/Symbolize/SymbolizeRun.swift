// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// One run of `symbolize`: reads addresses, prints functions and lines in the default format of
/// llvm-symbolizer.
struct SymbolizeRun<Answers: AddressAnswers> {
  private var answers: Answers

  /// - Parameter answers: what is known of the addresses.
  init(_ answers: Answers) {
    self.answers = answers
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
    for note in answers.notes { StandardStreams.say("flameback: \(note)") }
  }

  private mutating func answer(_ lines: [[UInt8]]) throws(Failure) {
    let addresses = lines.map(address)
    try answers.find(addresses.compactMap { $0 })
    var next = 0
    var writer = ByteWriter()
    for address in addresses {
      let length = writer.bytes.count
      if address != nil {
        answers.write(next, to: &writer)
        next += 1
      }
      if writer.bytes.count == length { writer.append("??\n??:0:0\n") }
      writer.append("\n")
      if writer.bytes.count > pieceSize { try flush(&writer) }
    }
    try flush(&writer)
  }

  private func flush(_ writer: inout ByteWriter) throws(Failure) {
    try StandardStreams.print(bytes: writer.bytes)
    writer = ByteWriter(capacity: 2 * pieceSize)
  }

  private let pieceSize = 64 << 10
}

/// The address in a line: `0x1234`, `1234`, or octal after a 0, as llvm-symbolizer reads them,
/// also behind the word CODE. Nil for anything else.
private func address(_ line: [UInt8]) -> UInt64? {
  var words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
  if words.first?.elementsEqual("CODE".utf8) == true { words.removeFirst() }
  guard let word = words.first.map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
  if word.hasPrefix("0x") || word.hasPrefix("0X") { return UInt64(word.dropFirst(2), radix: 16) }
  return word.hasPrefix("0") ? UInt64(word, radix: 8) : UInt64(word)
}
