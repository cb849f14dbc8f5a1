// SPDX-License-Identifier: Apache-2.0

import ObjectFiles
import ProfileModel

extension ModuleNames {
  /// Serialized, as a worker sends it. Each text is written once.
  var wire: [UInt8] {
    var texts: [String] = []
    var indices: [String: UInt32] = [:]
    func index(of text: String) -> UInt32 {
      if let index = indices[text] { return index }
      let index = UInt32(clamping: texts.count)
      indices[text] = index
      texts.append(text)
      return index
    }
    var body = WireWriter()
    body.append(count: files.count)
    for file in files { body.append(index(of: file)) }
    body.append(count: functions.count)
    for function in functions {
      body.append(index(of: function.name))
      body.append(index(of: function.systemName))
      body.append(index(of: function.file))
      body.append(function.startLine)
    }
    body.append(count: entries.count)
    for entry in entries {
      body.append(UInt8(entry.address == nil ? 0 : entry.functionStart == nil ? 1 : 2))
      body.append(entry.address ?? 0)
      if let start = entry.functionStart { body.append(start) }
      body.append(count: entry.frames.count)
      for frame in entry.frames {
        body.append(frame.function)
        body.append(frame.file)
        body.append(frame.line)
        body.append(frame.column)
        body.append(UInt8(frame.isInlined ? 1 : 0))
      }
    }

    var writer = WireWriter()
    writer.append(count: buildID?.bytes.count ?? 0)
    writer.append(buildID?.bytes ?? [])
    writer.append(count: limits.count)
    for limit in limits { writer.append(text: limit.rawValue) }
    writer.append(UInt8(segment == nil ? 0 : 1))
    if let segment {
      writer.append(segment.address)
      writer.append(segment.memorySize)
      writer.append(segment.fileOffset)
    }
    writer.append(count: texts.count)
    for text in texts { writer.append(text: text) }
    writer.append(body.bytes)
    return writer.bytes
  }

  /// Reads what `wire` gave, from a worker that is not trusted: every count, length and index is
  /// checked.
  ///
  /// - Parameters:
  ///   - count: number of locations of the request.
  ///   - allowsLinesAlone: whether frames may be without a function.
  init(
    wire: [UInt8], count: Int, allowsLinesAlone: Bool = false
  ) throws(WireReader.Malformed) {
    var reader = WireReader(wire)
    buildID = BuildID(try reader.bytes())
    limits = try reader.array(ofAtLeast: 4) { reader throws(WireReader.Malformed) in
      guard let limit = NamingLimit(rawValue: try reader.text()) else { throw .init() }
      return limit
    }
    if try reader.number(UInt8.self) != 0 {
      segment = ElfImage.Segment(
        executableAt: try reader.number(UInt64.self), memorySize: try reader.number(UInt64.self),
        fileOffset: try reader.number(UInt64.self))
    }
    let texts = try reader.array(ofAtLeast: 4) { reader throws(WireReader.Malformed) in
      try reader.text()
    }
    func text(_ reader: inout WireReader) throws(WireReader.Malformed) -> String {
      texts[Int(try reader.index(below: texts.count))]
    }
    files = try reader.array(ofAtLeast: 4, text)
    functions = try reader.array(ofAtLeast: 16) { reader throws(WireReader.Malformed) in
      Function(
        name: try text(&reader), systemName: try text(&reader), file: try text(&reader),
        startLine: try reader.number(UInt32.self))
    }
    let (fileCount, functionCount) = (files.count, functions.count)
    entries = try reader.array(ofAtLeast: 13) { reader throws(WireReader.Malformed) in
      let known = try reader.number(UInt8.self)
      let address = try reader.number(UInt64.self)
      let start = known == 2 ? try reader.number(UInt64.self) : nil
      guard known <= 2, start ?? 0 <= address else { throw .init() }
      let frames = try reader.array(ofAtLeast: 17) { reader throws(WireReader.Malformed) in
        Frame(
          function: try reader.index(below: functionCount, least: allowsLinesAlone ? -1 : 0),
          file: try reader.index(below: fileCount), line: try reader.number(UInt32.self),
          column: try reader.number(UInt32.self), isInlined: try reader.number(UInt8.self) != 0)
      }
      return Entry(address: known > 0 ? address : nil, frames: frames, functionStart: start)
    }
    guard reader.isAtEnd, entries.count == count else { throw .init() }
  }

  /// The answer where nothing could be read.
  ///
  /// - Parameter count: number of locations of the request.
  init(limit: NamingLimit, count: Int) {
    limits = [limit]
    entries = Array(repeating: Entry(address: nil, frames: []), count: count)
  }
}
