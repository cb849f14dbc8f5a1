// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectFiles
import ProfileModel

/// A jitdump, `jit-PID.dump`: the functions that a JIT compiler made, each with the time from which it
/// was there, and its lines. (Linux, tools/perf/Documentation/jitdump-specification.txt.)
struct JITDump {
  fileprivate struct Code: AddressRange {
    var start: UInt64
    var end: UInt64
    /// Monotonic nanoseconds: there from `from` (included) to `until` (not included).
    var from: UInt64
    var until: UInt64 = .max
    var name: String
    /// Ascending by address.
    var lines: [Line]
  }

  fileprivate struct Line {
    /// The first address of the line.
    var address: UInt64
    var line: UInt32
    /// Index in `files`.
    var file: Int
  }

  private let codes: OverlappingRanges<Code>
  private let files: [String]

  /// For hostile files: the most functions that are searched for one address.
  private static let mostSearched = 64

  /// Nil where the bytes are not a jitdump of this machine. A file that is cut short is read as far as
  /// it goes.
  ///
  /// - Parameter source: read record by record; machine code in records is skipped.
  init?(_ source: any ByteSource) {
    guard let records = Records(source) else { return nil }
    codes = OverlappingRanges(sorted: Self.withEnds(records.codes))
    files = records.files
  }

  /// The functions in order of start and time, each ending when other code is written to its addresses.
  private static func withEnds(_ unordered: [Code]) -> [Code] {
    var codes = unordered.sorted { ($0.start, $0.from) < ($1.start, $1.from) }
    for index in codes.indices {
      var other = index + 1
      let last = min(codes.count, other + mostSearched)
      while other < last, codes[other].start < codes[index].end {
        if codes[other].from > codes[index].from {
          codes[index].until = min(codes[index].until, codes[other].from)
        } else if codes[other].from < codes[index].from {
          codes[other].until = min(codes[other].until, codes[index].from)
        }
        other += 1
      }
    }
    return codes
  }

  /// The function that was at an address during the whole span of time. Nil where there was none, or
  /// more than one.
  func function(at timed: TimedAddress) -> JITFunction? {
    var found: JITFunction?
    codes.forEach(holding: timed.address, limit: Self.mostSearched) { code in
      guard code.from <= timed.first, timed.last < code.until else { return true }
      found = JITFunction(name: code.name)
      let line = code.lines.partitioningIndex { $0.address > timed.address } - 1
      if line >= 0, files.indices.contains(code.lines[line].file) {
        found?.file = files[code.lines[line].file]
        found?.line = code.lines[line].line
      }
      return false
    }
    return found
  }
}

/// The records of a jitdump.
private struct Records {
  var codes: [JITDump.Code] = []
  var files: [String] = []
  private var fileIndices: [String: Int] = [:]

  private static let mostRecords = 1_000_000
  private static let mostNameBytes = 4096

  /// Nil where the header is not one of this machine.
  init?(_ source: any ByteSource) {
    guard let header = source.bytes(at: 0, count: 40).map(ByteReader.init),
      header.load(UInt32.self, at: 0) == 0x4a69_5444, header.load(UInt32.self, at: 4) == 1,
      let size = header.load(UInt32.self, at: 8), size >= 40,
      // EM_X86_64; flag 1: times are the processor's time stamp counter, not nanoseconds.
      header.load(UInt32.self, at: 12) == 62, header.load(UInt64.self, at: 32).map({ $0 & 1 }) == 0
    else { return nil }
    read(source, from: UInt64(size))
  }

  private mutating func read(_ source: any ByteSource, from start: UInt64) {
    var offset = start
    var lines: [UInt64: [JITDump.Line]] = [:]
    var codeByIndex: [UInt64: Int] = [:]
    for _ in 0..<Self.mostRecords {
      guard let head = source.bytes(at: offset, count: 16).map(ByteReader.init),
        let kind = head.load(UInt32.self, at: 0), let size = head.load(UInt32.self, at: 4),
        let time = head.load(UInt64.self, at: 8), size >= 16
      else { return }
      switch kind {
      case 0:
        // JIT_CODE_LOAD: 40 bytes, the name, the code.
        let count = min(UInt64(size) - 16, 40 + UInt64(Self.mostNameBytes))
        guard let body = source.bytes(at: offset + 16, count: count).map(ByteReader.init),
          let address = body.load(UInt64.self, at: 16), let length = body.load(UInt64.self, at: 24),
          let index = body.load(UInt64.self, at: 32),
          let name = body.text(at: 40, limit: Self.mostNameBytes)
        else { return }
        codeByIndex[index] = codes.count
        add(
          JITDump.Code(
            start: address, end: address, from: time, name: String(decoding: name, as: UTF8.self),
            lines: lines.removeValue(forKey: address) ?? []), length)
      case 1:
        // JIT_CODE_MOVE
        guard let body = source.bytes(at: offset + 16, count: 48).map(ByteReader.init),
          let address = body.load(UInt64.self, at: 24), let length = body.load(UInt64.self, at: 32),
          let index = body.load(UInt64.self, at: 40)
        else { return }
        if let number = codeByIndex[index] { move(number, to: address, length, at: time) }
      case 2:
        // JIT_CODE_DEBUG_INFO comes before the JIT_CODE_LOAD of its function.
        guard size <= 16 << 20,
          let body = source.bytes(at: offset + 16, count: UInt64(size) - 16).map(ByteReader.init),
          let address = body.load(UInt64.self, at: 0), let count = body.load(UInt64.self, at: 8)
        else { break }
        lines[address] = entries(body, count)
      default: break
      }
      offset += UInt64(size)
    }
  }

  private mutating func add(_ code: JITDump.Code, _ length: UInt64) {
    var code = code
    let (end, overflows) = code.start.addingReportingOverflow(length)
    guard !overflows else { return }
    code.end = end
    codes.append(code)
  }

  private mutating func move(_ number: Int, to address: UInt64, _ length: UInt64, at time: UInt64) {
    guard codes.indices.contains(number) else { return }
    codes[number].until = min(codes[number].until, time)
    var moved = codes[number]
    let distance = address &- moved.start
    for index in moved.lines.indices { moved.lines[index].address &+= distance }
    (moved.start, moved.from, moved.until) = (address, time, .max)
    add(moved, length)
  }

  private mutating func entries(_ body: ByteReader, _ count: UInt64) -> [JITDump.Line] {
    var entries: [JITDump.Line] = []
    var position = 16
    while UInt64(entries.count) < count {
      guard let address = body.load(UInt64.self, at: position),
        let line = body.load(UInt32.self, at: position + 8),
        let name = body.text(at: position + 16, limit: Self.mostNameBytes)
      else { break }
      position += 16 + name.count + 1
      // The name 0xff repeats the file of the entry before.
      let isRepeated = name.elementsEqual([0xff])
      let file =
        isRepeated ? entries.last?.file ?? 0 : index(ofFile: String(decoding: name, as: UTF8.self))
      entries.append(JITDump.Line(address: address, line: line, file: file))
    }
    return entries.sorted { $0.address < $1.address }
  }

  private mutating func index(ofFile name: String) -> Int {
    files.index(holdingOnce: name, &fileIndices)
  }
}
