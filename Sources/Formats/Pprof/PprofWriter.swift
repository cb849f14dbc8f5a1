// SPDX-License-Identifier: Apache-2.0

import Compression
import ProfileModel

/// A writer of pprof's gzipped protocol buffer `profile.proto`, which `go tool pprof`, Parca and
/// others read.
///
/// <https://github.com/google/pprof/blob/main/proto/profile.proto>. Beyond the format, the file
/// keeps to what receivers insist on:
/// * ids are 1, 2, 3 …; strings are valid UTF-8 and `string_table[0]` is empty;
/// * the sample types are `samples/count` and, where the rate is known, `cpu/nanoseconds`; or the
///   event, as in `page-faults/count`. `default_sample_type` is left unset,
///   for which pprof takes the last type, because one reader takes anything else for an index;
/// * every location has a mapping and at least one line. A frame without a symbol has a function
///   like `libfoo.so.1+0x1200()` or `libfoo.so.1+0x1234`; a mapping of only such frames says that
///   it has no functions, so that pprof may look for names again;
/// * labels are strings (`pid`, `tid`, `comm` of the process, `thread_comm`, `cpu`, `cgroup`), one
///   value for a key. A sample whose time is known stands by itself, with the number
///   `timestamp_ns`;
/// * addresses are those of the file as it was linked, on the call instead of behind it. Those of
///   the kernel are never written.
package struct PprofWriter: ProfileWriter {
  package let name = "pprof"
  package let suffixes = [".pb.gz"]
  /// Whether the output cannot be shown on a terminal: true, since it is gzipped.
  package let isBinary = true

  package init() {}

  package func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError) {
    var gzip = try GzipSink(sink)
    var message = PprofMessage(profile)
    message.write(to: &gzip)
    try gzip.finish()
    sink = gzip.next
  }

  func uncompressed(_ profile: Profile) -> [UInt8] {
    var collector = ByteCollector()
    var message = PprofMessage(profile)
    message.write(to: &collector)
    return collector.bytes
  }
}

/// The message while it grows: samples come first and find out which locations, functions, mappings
/// and strings are needed.
private struct PprofMessage {
  private let profile: Profile
  private let paths: RenderedPaths
  private let contents: [PprofMappingContents]
  private let types: PprofTypes
  private var output = ProtobufWriter()
  private var strings = PprofStrings()
  /// Indices of names in `RenderedPaths`.
  private var functions = PprofIDs<Int>()
  private var mappings = PprofIDs<PprofMapping>()
  private var locations = PprofIDs<PprofLocation>()

  init(_ profile: Profile) {
    self.profile = profile
    paths = RenderedPaths(profile)
    contents = profile.mappingContents
    types = PprofTypes(profile.session)
  }

  mutating func write(to sink: inout some ByteSink) {
    if let main = profile.mainBinary { _ = mappings.id(of: .real(main)) }
    for type in types.all { valueType(1, type.name, type.unit) }

    let stacks = profile.stacks.indices.map { locationIDs(of: $0) }
    for sample in profile.samples {
      let frames = stacks[sample.stack]
      var rest = sample.values
      for time in sample.times where !rest.isZero {
        write(sample, frames, types.takeOne(of: &rest), at: time)
      }
      if !rest.isZero { write(sample, frames, rest, at: nil) }
      output.drain(into: &sink)
    }
    for location in locations.keys {
      write(location)
      output.drain(into: &sink)
    }
    for mapping in mappings.keys { write(mapping) }
    for function in functions.keys {
      write(function: function)
      output.drain(into: &sink)
    }

    let comments = PprofComments.lines(of: profile).map { UInt64(strings.index(of: $0)) }
    for text in strings.texts { output.element(6, text: text) }
    output.field(9, profile.session.startedAt)
    output.field(10, Int64(clamping: profile.session.duration))
    if let period = types.period {
      valueType(11, period.name, period.unit)
      output.field(12, Int64(clamping: period.value))
    }
    output.field(13, packed: comments)
    output.drain(into: &sink, least: 0)
  }

  private mutating func valueType(_ field: UInt64, _ name: String, _ unit: String) {
    let (type, unit) = (strings.index(of: name), strings.index(of: unit))
    output.message(field) { message in
      message.field(1, type)
      message.field(2, unit)
    }
  }

  // MARK: Samples

  /// - Parameter time: Since the start of the session.
  private mutating func write(
    _ sample: Sample, _ locationIDs: [UInt64], _ values: SampleValues, at time: UInt64?
  ) {
    let process = profile.processes[sample.process]
    let labels = [
      ("pid", process.pid < 0 ? "" : String(process.pid)),
      ("tid", sample.threadID < 0 ? "" : String(sample.threadID)), ("comm", process.comm),
      ("thread_comm", sample.comm), ("cpu", sample.group.cpu.map { String($0) } ?? ""),
      ("cgroup", sample.group.cgroup ?? ""),
    ].map { (strings.index(of: $0), strings.index(of: $1)) }
    let values = types.values(values)
    let (timeKey, timeUnit) =
      time == nil
      ? (0, 0) : (strings.index(of: "timestamp_ns"), strings.index(of: "nanoseconds"))
    let start = UInt64(max(0, profile.session.startedAt))

    output.message(2) { message in
      message.field(1, packed: locationIDs)
      message.field(2, packed: values)
      for (key, value) in labels where value != 0 {
        message.message(3) { label in
          label.field(1, key)
          label.field(2, value)
        }
      }
      if let time {
        message.message(3) { label in
          label.field(1, timeKey)
          label.field(3, start &+ time)
          label.field(4, timeUnit)
        }
      }
    }
  }

  /// Leaf first, each physical frame together with what was inlined into it.
  private mutating func locationIDs(of stack: Int) -> [UInt64] {
    var ids: [UInt64] = []
    var run: [Int] = []
    func endRun() {
      if !run.isEmpty { ids.append(locations.id(of: PprofLocation(frames: run))) }
      run.removeAll(keepingCapacity: true)
    }
    for index in paths.path(of: stack, fillsEmpty: true).reversed() {
      let frame = paths.frame(index)
      // A cut right between an inlined frame and its physical one.
      if frame == nil { endRun() }
      run.append(index)
      if frame?.isInlined != true { endRun() }
    }
    endRun()
    return ids
  }

  // MARK: Tables

  private mutating func write(_ location: PprofLocation) {
    let id = locations.id(of: location)
    var mapping = PprofMapping.unknown
    var address: UInt64 = 0
    if let physical = location.frames.last.flatMap({ paths.frame($0) }) {
      let module = profile.modules[physical.module]
      if module.kind != .unknown { mapping = .real(physical.module) }
      if !module.isInKernel { address = physical.address }
    }
    let mappingID = mappings.id(of: mapping)
    let functionIDs = location.frames.map { functions.id(of: paths.nameIndex(of: $0)) }
    let lines = location.frames.map { paths.frame($0)?.line ?? 0 }

    output.message(4) { message in
      message.field(1, id)
      message.field(2, mappingID)
      message.field(3, address)
      for (functionID, line) in zip(functionIDs, lines) {
        message.message(4) { entry in
          entry.field(1, functionID)
          entry.field(2, UInt64(line))
        }
      }
    }
  }

  private mutating func write(_ mapping: PprofMapping) {
    let id = mappings.id(of: mapping)
    guard case .real(let index) = mapping else {
      let name = strings.index(of: RenderedPaths.unknownName)
      output.message(3) { message in
        message.field(1, id)
        message.field(5, name)
        message.field(7, true)
      }
      return
    }
    let module = profile.modules[index]
    let path = strings.index(of: module.pprofPath)
    let buildID = strings.index(of: module.buildID?.description ?? "")
    let known = contents[index]
    output.message(3) { message in
      message.field(1, id)
      if !module.isInKernel {
        message.field(2, module.segmentStart)
        message.field(3, module.segmentEnd)
        message.field(4, module.segmentFileOffset)
      }
      message.field(5, path)
      message.field(6, buildID)
      message.field(7, known.functions)
      message.field(8, known.filenames)
      message.field(9, known.lineNumbers)
      message.field(10, known.inlineFrames)
    }
  }

  private mutating func write(function: Int) {
    let id = functions.id(of: function)
    let shown = paths.names[function]
    let content =
      profile.functions.indices.contains(function)
      ? profile.functions[function] : Function(name: shown)
    let name = strings.index(of: shown)
    let systemName = content.systemName.isEmpty ? name : strings.index(of: content.systemName)
    let file = strings.index(of: content.file)
    output.message(5) { message in
      message.field(1, id)
      message.field(2, name)
      message.field(3, systemName)
      message.field(4, file)
      message.field(5, UInt64(content.startLine))
    }
  }
}
