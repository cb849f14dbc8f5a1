// SPDX-License-Identifier: Apache-2.0

import ObjectFiles

/// What a worker is told of a module: `ModuleRequest` without the file, which goes beside it, and how
/// it is to be named.
struct WorkerTask {
  var path: String
  var fileOffsets: [UInt64]
  var options: Symbolizer.Options

  init(_ request: ModuleRequest, _ options: Symbolizer.Options) {
    path = request.path
    fileOffsets = request.fileOffsets
    self.options = options
  }

  var wire: [UInt8] {
    var writer = WireWriter()
    writer.append(text: options.demangling.rawValue)
    writer.append(UInt8(options.followsInlines ? 1 : 0))
    writer.append(options.debugLimit)
    writer.append(count: options.debugRoots.count)
    for root in options.debugRoots { writer.append(text: root) }
    writer.append(text: path)
    writer.append(count: fileOffsets.count)
    for offset in fileOffsets { writer.append(offset) }
    return writer.bytes
  }

  init(wire: [UInt8]) throws(WireReader.Malformed) {
    var reader = WireReader(wire)
    options = Symbolizer.Options()
    guard let style = DemanglingStyle(rawValue: try reader.text()) else { throw .init() }
    options.demangling = style
    options.followsInlines = try reader.number(UInt8.self) != 0
    options.debugLimit = try reader.number(UInt64.self)
    options.debugRoots = try reader.array(ofAtLeast: 4) { reader throws(WireReader.Malformed) in
      try reader.text()
    }
    path = try reader.text()
    fileOffsets = try reader.array(ofAtLeast: 8) { reader throws(WireReader.Malformed) in
      try reader.number(UInt64.self)
    }
  }
}
