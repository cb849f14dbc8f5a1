// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of pprof's protocol buffer `profile.proto`, written by any tool, once it is
/// decompressed. Format: <https://github.com/google/pprof/blob/main/proto/profile.proto>.
///
/// Each sample type becomes a metric. `PprofMetrics` describes the exception: a clock's samples and
/// nanoseconds become one metric.
package struct PprofReader: WholeProfileReader {
  package static let name = "pprof"

  /// Returns whether an input may be a decompressed protocol buffer: it is binary, and its first
  /// byte is the tag of a message or an integer, as at the beginning of `profile.proto`.
  package static func recognizes(_ beginning: [UInt8]) -> Bool {
    guard let first = beginning.first, first & 7 == 2 || first & 7 == 0 else { return false }
    return TextBeginning.hasBinaryBytes(beginning)
  }

  package var held: [UInt8] = []
  package private(set) var facts = InputFacts()
  package private(set) var account = ReadingAccount()

  package init() {}

  /// Reads the whole message and sends its samples to `sink`.
  ///
  /// - Parameter bytes: The decompressed message.
  /// - Throws: `ReadingError` for a message that is truncated, malformed or inconsistent.
  package mutating func read(
    whole bytes: [UInt8], into sink: inout some SampleSink
  ) throws(ReadingError) {
    var message = PprofMessageReader(bytes: bytes)
    facts = try message.read(into: &sink)
    account.good += 1
  }
}

/// The message while it is read: tables first, then samples.
private struct PprofMessageReader {
  private struct Location {
    var mapping: UInt64 = 0
    var address: UInt64 = 0
    /// Function and line, innermost first.
    var lines: [(function: UInt64, line: UInt64)] = []
  }

  private let bytes: [UInt8]
  private var strings: [Range<Int>] = []
  private var functions: [UInt64: Function] = [:]
  private var modules: [UInt64: Module] = [:]
  private var locations: [UInt64: Location] = [:]
  private var types: [PprofMetrics.ValueType] = []
  private var comments: [String] = []
  private var defaultType = ""
  private var numbers: [Int: UInt64] = [:]
  private var periodType = PprofMetrics.ValueType()

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func read(into sink: inout some SampleSink) throws(ReadingError) -> InputFacts {
    try readStrings()
    let samples = try readTables()
    return try send(samples, to: &sink)
  }

  // MARK: Tables

  private mutating func readStrings() throws(ReadingError) {
    var reader = ProtobufReader(bytes, 0..<bytes.count)
    while let field = try reader.next() {
      if field.number == 6, field.hasLength { strings.append(field.bytes) }
    }
  }

  private func string(_ index: UInt64) throws(ReadingError) -> String {
    guard index < UInt64(max(1, strings.count)) else { throw .danglingReference }
    return strings.isEmpty ? "" : String(decoding: bytes[strings[Int(index)]], as: UTF8.self)
  }

  /// Reads all but the samples, and returns the ranges of those.
  private mutating func readTables() throws(ReadingError) -> [Range<Int>] {
    var samples: [Range<Int>] = []
    var reader = ProtobufReader(bytes, 0..<bytes.count)
    while let field = try reader.next() {
      switch field.number {
      case 1: types.append(try valueType(field.bytes))
      case 2: samples.append(field.bytes)
      case 3: try readMapping(field.bytes)
      case 4: try readLocation(field.bytes)
      case 5: try readFunction(field.bytes)
      case 11: periodType = try valueType(field.bytes)
      case 13:
        for index in try ProtobufReader.numbers(field, in: bytes) {
          comments.append(try string(index))
        }
      case 14: defaultType = try string(field.value)
      default: numbers[field.number] = field.value
      }
    }
    return samples
  }

  private func valueType(
    _ range: Range<Int>
  ) throws(ReadingError) -> PprofMetrics.ValueType {
    var result = PprofMetrics.ValueType()
    var reader = ProtobufReader(bytes, range)
    while let field = try reader.next() {
      if field.number == 1 { result.name = try string(field.value) }
      if field.number == 2 { result.unit = try string(field.value) }
    }
    return result
  }

  private mutating func readMapping(_ range: Range<Int>) throws(ReadingError) {
    var id: UInt64 = 0
    var module = Module(kind: .unknown, path: "")
    var reader = ProtobufReader(bytes, range)
    while let field = try reader.next() {
      switch field.number {
      case 1: id = field.value
      case 2: module.segmentStart = field.value
      case 3: module.segmentEnd = field.value
      case 4: module.segmentFileOffset = field.value
      case 5: module.path = try string(field.value)
      case 6: module.buildID = BuildID(hexadecimal: try string(field.value))
      default: break
      }
    }
    module.kind = Module.Kind(pprofPath: module.path)
    if module.kind == .unknown { module.path = "" }
    modules[id] = module
  }

  private mutating func readLocation(_ range: Range<Int>) throws(ReadingError) {
    var id: UInt64 = 0
    var location = Location()
    var reader = ProtobufReader(bytes, range)
    while let field = try reader.next() {
      switch field.number {
      case 1: id = field.value
      case 2: location.mapping = field.value
      case 3: location.address = field.value
      case 4:
        var line = (function: UInt64(0), line: UInt64(0))
        var inner = ProtobufReader(bytes, field.bytes)
        while let field = try inner.next() {
          if field.number == 1 { line.function = field.value }
          if field.number == 2 { line.line = field.value }
        }
        location.lines.append(line)
      default: break
      }
    }
    locations[id] = location
  }

  private mutating func readFunction(_ range: Range<Int>) throws(ReadingError) {
    var id: UInt64 = 0
    var function = Function(name: "", systemName: "")
    var reader = ProtobufReader(bytes, range)
    while let field = try reader.next() {
      switch field.number {
      case 1: id = field.value
      case 2: function.name = try string(field.value)
      case 3: function.systemName = try string(field.value)
      case 4: function.file = try string(field.value)
      case 5: function.startLine = UInt32(clamping: field.value)
      default: break
      }
    }
    functions[id] = function
  }

  // MARK: Samples

  /// A location's frames from the outermost, and what it says was cut off.
  private func frames(_ location: Location) throws(ReadingError) -> [FrameDescription] {
    let module = modules[location.mapping] ?? Module(kind: .unknown, path: "")
    if location.lines.isEmpty {
      let offset = location.address &- module.segmentStart &+ module.segmentFileOffset
      let name =
        module.kind == .unknown
        ? RenderedPaths.unknownName : UnnamedCode.address(offset).name(in: module.name)
      return [
        FrameDescription(
          function: Function(name: name), module: module, address: location.address,
          naming: module.kind == .unknown ? .unknown : .moduleOnly)
      ]
    }
    var frames: [FrameDescription] = []
    for (index, line) in location.lines.enumerated().reversed() {
      guard let function = functions[line.function] else { throw .danglingReference }
      frames.append(
        FrameDescription(
          function: function, module: module, address: location.address,
          line: UInt32(clamping: line.line), isInlined: index < location.lines.count - 1,
          naming: Frame.Naming(ofText: function.name)))
    }
    return frames
  }

  private func send(
    _ samples: [Range<Int>], to sink: inout some SampleSink
  ) throws(ReadingError) -> InputFacts {
    let metrics = try self.metrics(samples)
    sink.begin(metrics.metrics, usual: metrics.usual)
    var framesOf: [UInt64: (frames: [Int32], truncation: Truncation?)] = [:]
    var threads: [ThreadDescription: Int32] = [:]
    for range in samples {
      var ids: [UInt64] = []
      var values: [UInt64] = []
      var labels: [String: String] = [:]
      var reader = ProtobufReader(bytes, range)
      while let field = try reader.next() {
        switch field.number {
        case 1: ids += try ProtobufReader.numbers(field, in: bytes)
        case 2: values += try ProtobufReader.numbers(field, in: bytes)
        case 3: try readLabel(field.bytes, &labels)
        default: break
        }
      }
      guard let values = metrics.values(of: values) else { throw .missingValues }
      var path: [Int32] = []
      var truncation: Truncation?
      for id in ids.reversed() {
        if framesOf[id] == nil {
          guard let location = locations[id] else { throw .danglingReference }
          let frames = try frames(location)
          let cut = frames.count == 1 ? Truncation(frameName: frames[0].function.name) : nil
          framesOf[id] = (cut == nil ? frames.map { sink.number(of: $0) } : [], cut)
        }
        if let known = framesOf[id] {
          path += known.frames
          truncation = known.truncation ?? truncation
        }
      }
      let thread = thread(labels)
      let number = thread.map { threads[$0] ?? sink.number(of: $0) } ?? -1
      if let thread { threads[thread] = number }
      if !values.isZero {
        sink.add(
          thread: number, truncation: truncation, path: path, values: values,
          times: values[metrics.sampleMetric] == 1 ? time(labels) : [])
      }
    }
    return facts(metrics)
  }

  private func metrics(_ samples: [Range<Int>]) throws(ReadingError) -> PprofMetrics {
    var metrics = PprofMetrics(
      types, defaultType: defaultType, periodType: periodType, period: numbers[12] ?? 0)
    guard metrics.mayCountSamples else { return metrics }
    for range in samples {
      var values: [UInt64] = []
      var reader = ProtobufReader(bytes, range)
      while let field = try reader.next() {
        if field.number == 2 { values += try ProtobufReader.numbers(field, in: bytes) }
      }
      if !metrics.isWholePeriods(values) { return metrics }
    }
    metrics.countSamples()
    return metrics
  }

  private func readLabel(
    _ range: Range<Int>, _ labels: inout [String: String]
  ) throws(ReadingError) {
    var key = ""
    var text = ""
    var reader = ProtobufReader(bytes, range)
    while let field = try reader.next() {
      switch field.number {
      case 1: key = try string(field.value)
      case 2: text = try string(field.value)
      case 3: text = String(Int64(bitPattern: field.value))
      default: break
      }
    }
    labels[key] = text
  }

  private func thread(_ labels: [String: String]) -> ThreadDescription? {
    let process = labels["comm"] ?? ""
    let keys = ["thread_comm", "thread", "comm", "pid", "tid"]
    guard keys.contains(where: { labels[$0] != nil }) else { return nil }
    let name = labels["thread_comm"] ?? labels["thread"] ?? ""
    var thread = ThreadDescription(
      processID: labels["pid"].flatMap { Int32($0) } ?? -1,
      threadID: labels["tid"].flatMap { Int32($0) } ?? -1, processName: process,
      name: name.isEmpty ? process : name)
    thread.group = SampleGroup(cpu: labels["cpu"].flatMap { Int32($0) }, cgroup: labels["cgroup"])
    return thread
  }

  /// Since the start; none if the label is no time of this recording.
  private func time(_ labels: [String: String]) -> [UInt64] {
    guard let time = labels["timestamp_ns"].flatMap({ UInt64($0) }), time >= numbers[9] ?? 0,
      time - (numbers[9] ?? 0) <= max(1 << 50, numbers[10] ?? 0)
    else { return [] }
    return [time - (numbers[9] ?? 0)]
  }

  private func facts(_ metrics: PprofMetrics) -> InputFacts {
    func comment(_ key: String) -> String {
      comments.first { $0.hasPrefix(key + ": ") }.map { String($0.dropFirst(key.count + 2)) } ?? ""
    }
    let session = Session(
      target: comment("target"), host: comment("host"), metrics: metrics.metrics,
      usual: metrics.usual, startedAt: Int64(clamping: numbers[9] ?? 0),
      duration: numbers[10] ?? 0)
    return InputFacts(session: session, account: PprofComments.account(in: comments))
  }
}
