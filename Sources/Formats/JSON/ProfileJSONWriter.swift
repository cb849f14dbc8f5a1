// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A writer of flameback's own JSON, the only format that loses nothing: the profile that
/// `ProfileJSONReader` reads back is equal to the one that was written.
///
/// `docs/outputs.md` describes the keys. Untrusted text keeps its hidden characters and is escaped
/// as JSON demands.
package struct ProfileJSONWriter: ProfileWriter {
  package let name = "json"
  package let suffixes = [".json"]
  static let version = 2

  package init() {}

  package func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError) {
    var json = JSONText()
    json.object { json in
      json.member("flameback", Self.version)
      json.object("session") { $0.session(profile.session) }
      json.object("account") { json in
        json.account(profile.account, shown: profile.session.shown)
        json.values("recorded_values", profile.account.samples.recordedValues)
      }
      json.array("processes") { json in
        for process in profile.processes {
          json.object { json in
            json.member("pid", Int(process.pid))
            json.member("comm", process.comm)
          }
        }
      }
      json.elements("modules", profile.modules, &sink) { $0.module($1) }
      json.elements("functions", profile.functions, &sink) { $0.function($1) }
      json.elements("frames", profile.frames, &sink) { $0.frame($1, profile) }
      json.elements("stacks", profile.stacks, &sink) { $0.stack($1) }
      json.elements("samples", profile.samples, &sink) { json, sample in
        json.sample(sample)
      }
    }
    json.finish(into: &sink)
  }
}

extension JSONText {
  /// An array, of which what is written is passed on now and then.
  fileprivate mutating func elements<Element>(
    _ name: String, _ elements: [Element], _ sink: inout some ByteSink,
    _ write: (inout JSONText, Element) -> Void
  ) {
    array(name) { json in
      for element in elements {
        write(&json, element)
        json.drain(into: &sink)
      }
    }
  }

  /// One number for each metric.
  fileprivate mutating func values(_ name: String, _ values: SampleValues) {
    array(name) { json in for value in values.all { json.value(value) } }
  }

  fileprivate mutating func module(_ module: Module) {
    object { json in
      json.member("kind", module.kind.jsonName)
      json.member("path", module.path)
      if let buildID = module.buildID { json.member("build_id", buildID.description) }
      if module.segmentEnd > 0 {
        json.member("segment_start", module.segmentStart)
        json.member("segment_end", module.segmentEnd)
        json.member("segment_file_offset", module.segmentFileOffset)
      }
      if !module.limits.isEmpty {
        json.array("limits") { json in for limit in module.limits { json.value(limit.rawValue) } }
      }
    }
  }

  fileprivate mutating func function(_ function: Function) {
    object { json in
      json.member("name", function.name)
      if function.systemName != function.name { json.member("system_name", function.systemName) }
      if !function.file.isEmpty { json.member("file", function.file) }
      if function.startLine > 0 { json.member("start_line", Int(function.startLine)) }
    }
  }

  fileprivate mutating func frame(_ frame: Frame, _ profile: Profile) {
    object { json in
      json.member("function", frame.function)
      json.member("module", frame.module)
      if frame.address > 0 { json.member("address", frame.address) }
      if frame.line > 0 { json.member("line", Int(frame.line)) }
      if frame.isInlined { json.member("inlined", 1) }
      guard frame.naming != .named else { return }
      json.member("naming", frame.naming.jsonName)
      if case .function(let start)? = UnnamedCode(name: profile.functions[frame.function].name),
        start <= frame.address
      {
        json.member("offset", frame.address - start)
      }
    }
  }

  fileprivate mutating func stack(_ stack: Stack) {
    object { json in
      json.array("frames") { json in for frame in stack.frames { json.value(frame) } }
      if let truncation = stack.truncation { json.member("truncated", truncation.rawValue) }
    }
  }

  fileprivate mutating func sample(_ sample: Sample) {
    object { json in
      json.member("process", sample.process)
      json.member("tid", Int(sample.threadID))
      json.member("comm", sample.comm)
      json.member("stack", sample.stack)
      json.values("values", sample.values)
      if !sample.times.isEmpty {
        json.array("times_ns") { json in for time in sample.times { json.value(time) } }
      }
      if let cpu = sample.group.cpu { json.member("cpu", Int(cpu)) }
      if let cgroup = sample.group.cgroup { json.member("cgroup", cgroup) }
    }
  }
}

extension Module.Kind {
  var jsonName: String {
    switch self {
    case .file: "file"
    case .vdso: "vdso"
    case .anonymous: "anonymous"
    case .kernel: "kernel"
    case .kernelModule: "kernel_module"
    case .unknown: "unknown"
    }
  }

  init?(jsonName: String) {
    let all: [Self] = [.file, .vdso, .anonymous, .kernel, .kernelModule, .unknown]
    guard let kind = all.first(where: { $0.jsonName == jsonName }) else { return nil }
    self = kind
  }
}

extension Frame.Naming {
  var jsonName: String {
    switch self {
    case .named: "named"
    case .moduleOnly: "module_only"
    case .unknown: "unknown"
    }
  }
}
