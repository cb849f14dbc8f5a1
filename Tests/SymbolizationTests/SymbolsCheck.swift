// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

@testable import Symbolization

/// The readers of untrusted bytes. The fuzzer gives them arbitrary bytes, and `FuzzCorpusTests` the corpus.
/// A raw value is the name of the reader's folder in the corpus.
enum FuzzedReader: String, CaseIterable {
  case names = "Names"
  case perfMap = "PerfMap"
  case jitDump = "JITDump"
  case goFunctionTable = "GoFunctionTable"
  case dwarf = "Dwarf"
  case objectFile = "ObjectFile"
  case workerAnswer = "WorkerAnswer"
  case functionRanges = "FunctionRanges"
  /// What a worker is asked, with its options.
  case workerRequest = "WorkerRequest"
  /// Messages of the socket between a worker and its parent, in either direction.
  case workerMessages = "WorkerMessages"

  private static let addresses: [UInt64] = [
    0, 1, 0x1000, 0x1010, 0x1234, 0x40_1000, 0x40_1100, .max,
  ]

  /// Whether a reader's result for these bytes violates what the reader guarantees, such as valid indices.
  func isWrong(_ bytes: [UInt8]) -> Bool {
    switch self {
    case .names:
      let name = String(decoding: bytes, as: UTF8.self)
      let texts = [DemanglingStyle.full, .simple].map { Demangler($0).demangled(name) }
      return texts.contains { $0.utf8.count > Demangler.longestOutput + bytes.count + 4096 }
    case .perfMap:
      let map = PerfMap(bytes)
      return Self.addresses.contains { map.function(at: $0)?.name.isEmpty == true }
    case .jitDump:
      guard let dump = JITDump(BytesInMemory(bytes)) else { return false }
      let timed = Self.addresses.map { TimedAddress(address: $0, first: 5, last: 9) }
      return Self.isWrong(ModuleNames(timed.map(dump.function)))
    case .goFunctionTable:
      let section = SectionBytes(BytesInMemory(bytes), at: 0, count: UInt64(bytes.count))
      guard let table = GoFunctionTable(section, text: 0x1000) else { return false }
      return Self.isWrong(table.frames(at: Self.addresses), of: table)
    case .dwarf:
      guard let sections = Self.sections(bytes) else { return false }
      let debug = DebugInformation(sections, supplement: sections, followsInlines: true) { _ in
        sections
      }
      return Self.isWrong(debug.frames(at: Self.addresses), of: debug)
    case .objectFile:
      guard let image = ElfImage(BytesInMemory(bytes)) else { return false }
      _ = DwarfPackage(image, limit: 1 << 20)?.sections(ofUnit: 1)
      let reader = ModuleReader.open(
        image, path: "/nowhere/program", debugFiles: DebugFiles(.withoutDebugFiles),
        options: .withoutDebugFiles)
      guard
        Self.addresses.allSatisfy({ address in
          reader.functionStart(of: address).map { $0 <= address } ?? true
        })
      else { return true }
      var interner = FunctionInterner(demangler: Demangler())
      return reader.frames(at: Self.addresses, &interner).joined()
        .contains { Int($0.function) >= interner.functions.count }
    case .workerAnswer:
      return (try? ModuleNames(wire: bytes, count: 2)).map(Self.isWrong) ?? false
    case .functionRanges:
      return Self.isWrong(Self.functions(bytes))
    case .workerRequest:
      guard let task = try? WorkerTask(wire: bytes) else { return false }
      return (try? WorkerTask(wire: task.wire))?.wire != task.wire
    case .workerMessages:
      return Self.isWrongMessages(bytes)
    }
  }

  /// Layout: two bytes for the length of `.eh_frame_hdr`, that header, then `.eh_frame`.
  private static func functions(_ bytes: [UInt8]) -> FunctionRanges {
    let count = bytes.count < 2 ? 0 : Int(bytes[0]) | Int(bytes[1]) << 8
    let content = bytes.dropFirst(2)
    return FunctionRanges(
      header: Array(content.prefix(count)), at: headerAddress,
      entries: Array(content.dropFirst(count)))
  }

  /// Of `.eh_frame_hdr`; all other addresses in it and in `.eh_frame` are relative.
  private static let headerAddress: UInt64 = 0x10_0000

  /// Whether a function does not hold an address that it is said to hold, or the next function is not
  /// behind.
  private static func isWrong(_ functions: FunctionRanges) -> Bool {
    var asked = addresses
    for address in addresses {
      var last = address
      for _ in 0..<16 {
        guard let next = functions.start(after: last) else { break }
        if next <= last { return true }
        asked.append(next)
        last = next
      }
    }
    return asked.contains { address in
      functions.range(holding: address).map { !$0.contains(address) } ?? false
    }
  }

  /// Layout: two bytes for the length of each of nine sections, then the sections.
  private static func sections(_ bytes: [UInt8]) -> DwarfSections? {
    guard bytes.count >= 18 else { return nil }
    var parts: [SectionBytes] = []
    var position = 18
    for index in 0..<9 {
      let length = Int(bytes[2 * index]) | Int(bytes[2 * index + 1]) << 8
      let end = min(position + length, bytes.count)
      let part = Array(bytes[position..<end])
      parts.append(SectionBytes(BytesInMemory(part), at: 0, count: UInt64(part.count)))
      position = end
    }
    return DwarfSections(
      information: parts[0], abbreviations: parts[1], strings: parts[2], lineStrings: parts[3],
      stringOffsets: parts[4], addresses: parts[5], ranges: parts[6], rangeLists: parts[7],
      lines: parts[8])
  }

  private static func isWrong(_ frames: [[SourceFrame]], of source: some FrameSource) -> Bool {
    frames.joined().contains { frame in
      Int(frame.function) >= source.functions.count
        || !source.files.indices.contains(Int(frame.file))
    }
  }

  private static func isWrong(_ names: ModuleNames) -> Bool {
    names.entries.lazy.flatMap(\.frames).contains { frame in
      !names.functions.indices.contains(Int(frame.function))
        || !names.files.indices.contains(Int(frame.file))
    }
  }
}

extension Symbolizer.Options {
  /// Options with which no separate debug file is found by build id.
  static var withoutDebugFiles: Self {
    var options = Self()
    options.debugRoots = []
    return options
  }
}
