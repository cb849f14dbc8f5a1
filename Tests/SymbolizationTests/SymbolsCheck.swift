// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

@testable import Symbolization

/// Hands any bytes to one of the parsers of foreign bytes, which the first byte chooses, and says
/// whether a promise is broken. The fuzzer calls this, and the test that replays its corpus.
func symbolsAreWrong(_ bytes: [UInt8]) -> Bool {
  guard let kind = bytes.first else { return false }
  let rest = Array(bytes.dropFirst())
  let addresses: [UInt64] = [0, 1, 0x1000, 0x1010, 0x1234, 0x40_1000, 0x40_1100, .max]
  switch kind {
  case UInt8(ascii: "R"):
    let name = String(decoding: rest, as: UTF8.self)
    let texts = [DemanglingStyle.full, .simple].map { Demangler($0).demangled(name) }
    return texts.contains { $0.utf8.count > Demangler.longestOutput + rest.count + 4096 }
  case UInt8(ascii: "P"):
    let map = PerfMap(rest)
    return addresses.contains { map.function(at: $0)?.name.isEmpty == true }
  case UInt8(ascii: "J"):
    guard let dump = JITDump(BytesInMemory(rest)) else { return false }
    for address in addresses {
      _ = dump.function(at: JITMoment(address: address, first: 5, last: 9))
    }
  case UInt8(ascii: "G"):
    let section = SectionBytes(BytesInMemory(rest), at: 0, count: UInt64(rest.count))
    guard let table = GoFunctionTable(section, text: 0x1000) else { return false }
    return isWrong(table.frames(at: addresses), of: table)
  case UInt8(ascii: "D"):
    // Two bytes for the length of each section.
    var parts: [SectionBytes] = []
    var position = 18
    for index in 0..<9 {
      guard rest.count >= 18 else { return false }
      let length = Int(rest[2 * index]) | Int(rest[2 * index + 1]) << 8
      let end = min(position + length, rest.count)
      let part = Array(rest[position..<end])
      parts.append(SectionBytes(BytesInMemory(part), at: 0, count: UInt64(part.count)))
      position = end
    }
    let sections = DwarfSections(
      information: parts[0], abbreviations: parts[1], strings: parts[2], lineStrings: parts[3],
      stringOffsets: parts[4], addresses: parts[5], ranges: parts[6], rangeLists: parts[7],
      lines: parts[8])
    let debug = DebugInformation(sections, supplement: sections, followsInlines: true) { _ in
      sections
    }
    return isWrong(debug.frames(at: addresses), of: debug)
  default:
    guard let image = ElfImage(BytesInMemory(bytes)) else { return false }
    let reader = ModuleReader(
      image, path: "/nowhere/program", debugFiles: DebugFiles(.withoutDebugFiles),
      options: .withoutDebugFiles)
    var interner = FunctionInterner(demangler: Demangler())
    return reader.frames(at: addresses, &interner).joined()
      .contains { Int($0.function) >= interner.functions.count }
  }
  return false
}

private func isWrong(_ frames: [[SourceFrame]], of source: some FrameSource) -> Bool {
  frames.joined().contains { frame in
    Int(frame.function) >= source.functions.count || !source.files.indices.contains(Int(frame.file))
  }
}

extension Symbolizer.Options {
  static var withoutDebugFiles: Self {
    var options = Self()
    options.debugRoots = []
    return options
  }
}
