// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

/// What a JIT compiler writes to `jit-PID.dump`: each function with the moment at which it came, and
/// its lines. (Linux, tools/perf/Documentation/jitdump-specification.txt.)
struct JITDump {
  private struct Code {
    var start: UInt64
    var end: UInt64
    /// Monotonic nanoseconds.
    var from: UInt64
    var until: UInt64 = .max
    var name: String
    /// Lines from an address on, sorted.
    var lines: [Line]
  }

  private struct Line {
    var address: UInt64
    var line: UInt32
    /// Index in `files`.
    var file: Int
  }

  /// By start, then by time.
  private var codes: [Code] = []
  private var reaches: [UInt64] = []
  private var files: [String] = []
  private var fileIndices: [String: Int] = [:]

  private static let mostRecords = 1_000_000
  private static let mostNameBytes = 4096
  private static let mostEnclosing = 64

  /// Nil where the bytes are no such file of this machine. Cut short, it is what came before.
  ///
  /// - Parameter source: read record by record; the machine code in them is passed over.
  init?(_ source: any ByteSource) {
    guard let header = source.bytes(at: 0, count: 40).map(ByteReader.init),
      header.load(UInt32.self, at: 0) == 0x4a69_5444, header.load(UInt32.self, at: 4) == 1,
      let size = header.load(UInt32.self, at: 8), size >= 40,
      // EM_X86_64, and times that are not the processor's own count.
      header.load(UInt32.self, at: 12) == 62, header.load(UInt64.self, at: 32).map({ $0 & 1 }) == 0
    else { return nil }
    read(source, from: UInt64(size))
    setEnds()
  }

  private mutating func read(_ source: any ByteSource, from start: UInt64) {
    var offset = start
    var lines: [UInt64: [Line]] = [:]
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
          Code(
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
        // JIT_CODE_DEBUG_INFO, before the load that it belongs to.
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

  private mutating func add(_ code: Code, _ length: UInt64) {
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

  private mutating func entries(_ body: ByteReader, _ count: UInt64) -> [Line] {
    var entries: [Line] = []
    var position = 16
    while UInt64(entries.count) < count {
      guard let address = body.load(UInt64.self, at: position),
        let line = body.load(UInt32.self, at: position + 8),
        let name = body.text(at: position + 16, limit: Self.mostNameBytes)
      else { break }
      position += 16 + name.count + 1
      // As before: two bytes, 0xff and 0.
      let isRepeated = name.elementsEqual([0xff])
      let file =
        isRepeated ? entries.last?.file ?? 0 : index(ofFile: String(decoding: name, as: UTF8.self))
      entries.append(Line(address: address, line: line, file: file))
    }
    return entries.sorted { $0.address < $1.address }
  }

  private mutating func index(ofFile name: String) -> Int {
    files.index(holdingOnce: name, &fileIndices)
  }

  /// Code ends where other code comes to its place.
  private mutating func setEnds() {
    codes.sort { ($0.start, $0.from) < ($1.start, $1.from) }
    var reach: UInt64 = 0
    reaches = codes.map {
      reach = max(reach, $0.end)
      return reach
    }
    for index in codes.indices {
      var other = index + 1
      var looked = 0
      while other < codes.count, codes[other].start < codes[index].end, looked < Self.mostEnclosing
      {
        if codes[other].from > codes[index].from {
          codes[index].until = min(codes[index].until, codes[other].from)
        } else if codes[other].from < codes[index].from {
          codes[other].until = min(codes[other].until, codes[index].from)
        }
        other += 1
        looked += 1
      }
    }
  }

  /// The function that was at an address during a whole span of time; nil where there was none, or
  /// more than one.
  func function(at moment: JITMoment) -> JITFunction? {
    let address = moment.address
    var index = codes.partitioningIndex { $0.start > address } - 1
    var looked = 0
    while index >= 0, reaches[index] > address, looked < Self.mostEnclosing {
      let code = codes[index]
      if address < code.end, code.from <= moment.first, moment.last < code.until {
        let line = code.lines.partitioningIndex { $0.address > address } - 1
        guard line >= 0, files.indices.contains(code.lines[line].file) else {
          return JITFunction(name: code.name)
        }
        return JITFunction(
          name: code.name, file: files[code.lines[line].file], line: code.lines[line].line)
      }
      index -= 1
      looked += 1
    }
    return nil
  }
}
