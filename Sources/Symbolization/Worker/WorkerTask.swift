// SPDX-License-Identifier: Apache-2.0

/// The content of a request to a worker: a `ModuleRequest` without its file, which is sent as a
/// descriptor, and the options.
package struct WorkerTask {
  /// The path of the module, as its process has mapped it.
  package var path: String
  var question: ModuleRequest.Question
  /// The options of the symbolizer, as far as they matter to a worker.
  package var options: Symbolizer.Options

  init(_ request: ModuleRequest, _ options: Symbolizer.Options) {
    path = request.path
    question = request.question
    self.options = options
  }

  /// Serialized.
  var wire: [UInt8] {
    var writer = WireWriter()
    writer.append(text: options.demangling.rawValue)
    writer.append(UInt8(options.followsInlines ? 1 : 0))
    writer.append(options.debugLimit)
    writer.append(text: (options.debugReader ?? .own).rawValue)
    writer.append(UInt8(options.prefersSymbols ? 1 : 0))
    for folders in [options.debugRoots, options.debugCaches] {
      writer.append(count: folders.count)
      for folder in folders { writer.append(text: folder) }
    }
    writer.append(text: path)
    switch question {
    case .object(let numbers): Self.append(numbers, kind: 0, to: &writer)
    case .perfMap(let numbers): Self.append(numbers, kind: 1, to: &writer)
    case .linked(let numbers): Self.append(numbers, kind: 3, to: &writer)
    case .jitDump(let addresses):
      writer.append(UInt8(2))
      writer.append(count: addresses.count)
      for address in addresses {
        for number in [address.address, address.first, address.last] { writer.append(number) }
      }
    }
    return writer.bytes
  }

  private static func append(_ numbers: [UInt64], kind: UInt8, to writer: inout WireWriter) {
    writer.append(kind)
    writer.append(count: numbers.count)
    for number in numbers { writer.append(number) }
  }

  /// Reads what `wire` gave.
  init(wire: [UInt8]) throws(WireReader.Malformed) {
    var reader = WireReader(wire)
    options = Symbolizer.Options()
    guard let style = DemanglingStyle(rawValue: try reader.text()) else { throw .init() }
    options.demangling = style
    options.followsInlines = try reader.number(UInt8.self) != 0
    options.debugLimit = try reader.number(UInt64.self)
    guard let debugReader = DebugReader(rawValue: try reader.text()) else { throw .init() }
    options.debugReader = debugReader
    options.prefersSymbols = try reader.number(UInt8.self) != 0
    func text(_ reader: inout WireReader) throws(WireReader.Malformed) -> String {
      try reader.text()
    }
    options.debugRoots = try reader.array(ofAtLeast: 4, text)
    options.debugCaches = try reader.array(ofAtLeast: 4, text)
    path = try reader.text()
    func number(_ reader: inout WireReader) throws(WireReader.Malformed) -> UInt64 {
      try reader.number(UInt64.self)
    }
    switch try reader.number(UInt8.self) {
    case 0: question = .object(try reader.array(ofAtLeast: 8, number))
    case 1: question = .perfMap(try reader.array(ofAtLeast: 8, number))
    case 2:
      question = .jitDump(
        try reader.array(ofAtLeast: 24) { reader throws(WireReader.Malformed) in
          TimedAddress(
            address: try number(&reader), first: try number(&reader), last: try number(&reader))
        })
    case 3: question = .linked(try reader.array(ofAtLeast: 8, number))
    default: throw .init()
    }
  }
}
