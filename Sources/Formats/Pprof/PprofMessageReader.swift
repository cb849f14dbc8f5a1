// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// The message while it is read: tables first, then samples.
///
/// Mappings, locations and functions are kept as their bytes, and read again where a sample needs them: read,
/// each would take twenty to forty times the few bytes that an untrusted message can say it in.
struct PprofMessageReader {
  private struct Location {
    var mapping: UInt64 = 0
    var address: UInt64 = 0
    /// Function and line, innermost first.
    var lines: [(function: UInt64, line: UInt64)] = []
  }

  /// A range of `bytes`; messages of more than 4 GiB are not read.
  private struct Bytes {
    private let start: UInt32
    private let end: UInt32

    init(_ range: Range<Int>) {
      start = UInt32(clamping: range.lowerBound)
      end = UInt32(clamping: range.upperBound)
    }

    var range: Range<Int> { Int(start)..<Int(end) }
  }

  private let bytes: [UInt8]
  private var budget: ReferenceBudget
  /// Decoded once: many functions may have the same long name.
  private var strings: [String] = []
  private var functions: [UInt64: Bytes] = [:]
  private var mappings: [UInt64: Bytes] = [:]
  /// Those that frames lie in.
  private var modules: [UInt64: Module] = [:]
  private var locations: [UInt64: Bytes] = [:]
  private var types: [PprofMetrics.ValueType] = []
  private var comments: [String] = []
  private var defaultType = ""
  private var numbers: [Int: UInt64] = [:]
  private var periodType = PprofMetrics.ValueType()

  init(bytes: [UInt8]) {
    self.bytes = bytes
    budget = ReferenceBudget(bytes: bytes.count, factor: 32)
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
      if field.number == 6, field.hasLength {
        strings.append(String(decoding: bytes[field.bytes], as: UTF8.self))
      }
    }
  }

  private func string(_ index: UInt64) throws(ReadingError) -> String {
    guard index < UInt64(max(1, strings.count)) else { throw .danglingReference }
    return strings.isEmpty ? "" : strings[Int(index)]
  }

  /// Reads all but the samples, and returns the ranges of those.
  private mutating func readTables() throws(ReadingError) -> [Range<Int>] {
    var samples: [Range<Int>] = []
    var reader = ProtobufReader(bytes, 0..<bytes.count)
    while let field = try reader.next() {
      switch field.number {
      case 1:
        guard types.count < Metric.mostInInput else {
          throw .tooManyMetrics(limit: Metric.mostInInput)
        }
        types.append(try valueType(field.bytes))
      case 2: samples.append(field.bytes)
      case 3: mappings[try parsedMapping(field.bytes).id] = Bytes(field.bytes)
      case 4: locations[try parsedLocation(field.bytes).id] = Bytes(field.bytes)
      case 5: functions[try parsedFunction(field.bytes).id] = Bytes(field.bytes)
      case 11: periodType = try valueType(field.bytes)
      case 13:
        for index in try ProtobufReader.numbers(field, in: bytes) {
          let comment = try string(index)
          try budget.take(comment.utf8.count)
          comments.append(comment)
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

  private func parsedMapping(_ range: Range<Int>) throws(ReadingError) -> (
    id: UInt64, module: Module
  ) {
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
      case 6:
        let digits = try string(field.value)
        // None has more than 64 bytes.
        if digits.utf8.count <= 128 { module.buildID = BuildID(hexadecimal: digits) }
      default: break
      }
    }
    module.kind = Module.Kind(pprofPath: module.path)
    if module.kind == .unknown { module.path = "" }
    return (id, module)
  }

  private func parsedLocation(_ range: Range<Int>) throws(ReadingError) -> (id: UInt64, Location) {
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
    return (id, location)
  }

  private func parsedFunction(_ range: Range<Int>) throws(ReadingError) -> (id: UInt64, Function) {
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
    return (id, function)
  }

  // MARK: Samples

  private mutating func module(_ mapping: UInt64) throws(ReadingError) -> Module {
    if let module = modules[mapping] { return module }
    let module =
      try mappings[mapping].map { bytes throws(ReadingError) in
        try parsedMapping(bytes.range).module
      } ?? Module(kind: .unknown, path: "")
    modules[mapping] = module
    return module
  }

  /// A location's frames from the outermost, and what it says was cut off.
  private mutating func frames(
    _ location: Location
  ) throws(ReadingError) -> [FrameDescription] {
    let module = try module(location.mapping)
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
      guard let known = functions[line.function] else { throw .danglingReference }
      let (_, function) = try parsedFunction(known.range)
      let frame = FrameDescription(
        function: function, module: module, address: location.address,
        line: UInt32(clamping: line.line), isInlined: index < location.lines.count - 1,
        naming: Frame.Naming(ofText: function.name))
      try budget.take(frame)
      frames.append(frame)
    }
    return frames
  }

  private mutating func send(
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
          guard let known = locations[id] else { throw .danglingReference }
          let frames = try frames(parsedLocation(known.range).1)
          let cut = frames.count == 1 ? Truncation(frameName: frames[0].function.name) : nil
          framesOf[id] = (cut == nil ? frames.map { sink.number(of: $0) } : [], cut)
        }
        if let known = framesOf[id] {
          try budget.take(known.frames.count)
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

  private mutating func readLabel(
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
    try budget.take(key.utf8.count + text.utf8.count)
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
