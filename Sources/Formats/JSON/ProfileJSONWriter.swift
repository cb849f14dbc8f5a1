// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A profile as JSON that loses nothing: what `report` reads back is equal to what was written.
///
/// `docs/outputs.md` has the keys. Foreign text stands as it is, escaped as JSON has it.
public struct ProfileJSONWriter: Sendable {
  static let version = 1

  public init() {}

  public func bytes(of profile: Profile) -> [UInt8] {
    var json = JSONText()
    json.object { json in
      json.member("flameback", Self.version)
      json.object("session") { $0.session(profile.session) }
      json.object("account") { $0.account(profile.account, shown: profile.session.shown) }
      json.array("processes") { json in
        for process in profile.processes {
          json.object { json in
            json.member("pid", Int(process.pid))
            json.member("comm", process.comm)
          }
        }
      }
      json.array("modules") { json in for module in profile.modules { json.module(module) } }
      json.array("functions") { json in
        for function in profile.functions { json.function(function) }
      }
      json.array("frames") { json in for frame in profile.frames { json.frame(frame) } }
      json.array("stacks") { json in for stack in profile.stacks { json.stack(stack) } }
      json.array("samples") { json in
        for sample in profile.samples { json.sample(sample, count: profile.count(of: sample)) }
      }
    }
    return json.bytes + [UInt8(ascii: "\n")]
  }
}

extension JSONText {
  fileprivate mutating func session(_ session: Session) {
    member("target", session.target)
    member("host", session.host)
    let metric = session.metric
    member("event", metric.event)
    member("frequency_hz", metric.frequencyHz)
    if metric.period > 0 { member("period", metric.period) }
    if !metric.countsSamples { member("count_name", metric.countName) }
    member("cpus", session.cpus)
    member("started_at_ns", Int(session.startedAt))
    member("duration_ns", session.duration)
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

  fileprivate mutating func frame(_ frame: Frame) {
    object { json in
      json.member("function", frame.function)
      json.member("module", frame.module)
      if frame.address > 0 { json.member("address", frame.address) }
      if frame.line > 0 { json.member("line", Int(frame.line)) }
      if frame.isInlined { json.member("inlined", 1) }
      if frame.naming != .named { json.member("naming", frame.naming.jsonName) }
    }
  }

  fileprivate mutating func stack(_ stack: Stack) {
    object { json in
      json.array("frames") { json in for frame in stack.frames { json.value(frame) } }
      if let truncation = stack.truncation { json.member("truncated", truncation.rawValue) }
    }
  }

  fileprivate mutating func sample(_ sample: Sample, count: UInt64) {
    object { json in
      json.member("process", sample.process)
      json.member("tid", Int(sample.threadID))
      json.member("comm", sample.comm)
      json.member("stack", sample.stack)
      json.member("count", count)
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
