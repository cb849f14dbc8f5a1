// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A reader of flameback's own JSON, which `ProfileJSONWriter` writes and `docs/outputs.md`
/// describes. Unknown keys are ignored, and missing keys have their default. An index that is out
/// of range is an error.
package struct ProfileJSONReader: WholeProfileReader {
  package static let name = "flameback JSON"

  /// Returns whether an input begins like flameback's own JSON: with an object whose key
  /// `flameback` is in the bytes given.
  package static func recognizes(_ beginning: [UInt8]) -> Bool {
    guard TextBeginning.afterBlanks(beginning).first == UInt8(ascii: "{") else { return false }
    let key = Array("\"flameback\"".utf8)
    var rest = beginning[...]
    while let start = rest.firstIndex(of: key[0]) {
      rest = rest[start...]
      if rest.starts(with: key) {
        let next = rest.dropFirst(key.count).first { $0 > 0x20 }
        if next == UInt8(ascii: ":") { return true }
      }
      rest = rest.dropFirst()
    }
    return false
  }

  package var held: [UInt8] = []
  package private(set) var facts = InputFacts()
  package private(set) var account = ReadingAccount()

  package init() {}

  package mutating func read(
    whole bytes: [UInt8], into sink: inout some SampleSink
  ) throws(ReadingError) {
    let profile = try Self.read(JSONPart(bytes), of: bytes.count)
    facts = InputFacts(session: profile.session, account: profile.account)
    profile.send(to: &sink)
    account.good += 1
  }

  /// - Parameter bytes: The size of the text.
  static func read(_ json: JSONPart, of bytes: Int = 0) throws(ReadingError) -> Profile {
    let members = json.members([
      "flameback", "session", "account", "processes", "modules", "functions", "frames", "stacks",
      "samples",
    ])
    let version = Int(clamping: members["flameback"]?.count ?? 0)
    guard (1...ProfileJSONWriter.version).contains(version) else {
      throw .version(version, readable: ProfileJSONWriter.version)
    }
    var profile = Profile(session: Session(members["session"], version: version))
    profile.account = Account(members["account"])
    func list(_ key: String) -> JSONElements { members[key]?.elements ?? .empty }
    profile.processes = list("processes").map { process in
      ProfiledProcess(pid: process.integer("pid", usually: -1), comm: process["comm"]?.text ?? "")
    }
    for module in list("modules") { profile.modules.append(try self.module(module)) }
    profile.functions = list("functions").map { function in
      Function(
        name: function["name"]?.text ?? "", systemName: function["system_name"]?.text,
        file: function["file"]?.text ?? "", startLine: function.number("start_line"))
    }
    for frame in list("frames") {
      profile.frames.append(
        Frame(
          function: try frame.index("function", below: profile.functions.count),
          module: try frame.index("module", below: profile.modules.count),
          address: frame["address"]?.count ?? 0, line: frame.number("line"),
          isInlined: (frame["inlined"]?.count ?? 0) > 0, naming: naming(frame["naming"]?.text)))
    }
    for stack in list("stacks") {
      var frames: [Int] = []
      for frame in stack["frames"]?.elements ?? .empty {
        frames.append(try frame.index(below: profile.frames.count))
      }
      profile.stacks.append(
        Stack(
          frames: frames, truncation: stack["truncated"]?.text.flatMap { Truncation(rawValue: $0) })
      )
    }
    try checkReferences(of: profile, list("samples"), of: bytes)
    var sums = SampleValues(0)
    for sample in list("samples") {
      let values = values(sample, version: version)
      for metric in 0..<values.count {
        let (sum, overflow) = sums[metric].addingReportingOverflow(values[metric])
        guard !overflow else { throw .danglingReference }
        sums[metric] = sum
      }
      profile.samples.append(
        Sample(
          process: try sample.index("process", below: profile.processes.count),
          threadID: sample.integer("tid", usually: -1), comm: sample["comm"]?.text ?? "",
          stack: try sample.index("stack", below: profile.stacks.count), values: values,
          times: times(sample["times_ns"], atMost: values[profile.session.sampleMetric]),
          group: SampleGroup(
            cpu: sample["cpu"]?.count.flatMap { Int32(exactly: $0) },
            cgroup: sample["cgroup"]?.text)))
    }
    return profile
  }

  /// Checks what frames and samples refer to, before it is sent for each of them.
  private static func checkReferences(
    of profile: Profile, _ samples: JSONElements, of bytes: Int
  ) throws(ReadingError) {
    guard profile.session.metrics.count <= Metric.mostInInput else {
      throw .tooManyMetrics(limit: Metric.mostInInput)
    }
    var budget = ReferenceBudget(bytes: bytes, factor: 64)
    for frame in profile.frames {
      try budget.take(profile.functions[frame.function].textBytes)
      try budget.take(profile.modules[frame.module].path.utf8.count)
    }
    for sample in samples {
      let stack = profile.stacks[try sample.index("stack", below: profile.stacks.count)]
      let process = try sample.index("process", below: profile.processes.count)
      try budget.take(stack.frames.count + profile.processes[process].comm.utf8.count)
    }
  }

  /// A value for each metric. Version 1 had one metric, and its value in `count`.
  private static func values(_ sample: JSONPart, version: Int) -> SampleValues {
    if version == 1 { return SampleValues(sample["count"]?.count ?? 0) }
    return SampleValues(sample["values"]?.elements.map { $0.count ?? 0 } ?? [])
  }

  private static func times(_ json: JSONPart?, atMost count: UInt64) -> [UInt64] {
    (json?.elements ?? .empty).prefix(Int(clamping: count)).compactMap(\.count).sorted()
  }

  private static func module(_ json: JSONPart) throws(ReadingError) -> Module {
    guard let kind = Module.Kind(jsonName: json["kind"]?.text ?? "unknown") else {
      throw .danglingReference
    }
    var module = Module(
      kind: kind, path: json["path"]?.text ?? "",
      buildID: json["build_id"]?.text.flatMap { BuildID(hexadecimal: $0) },
      segmentStart: json["segment_start"]?.count ?? 0,
      segmentEnd: json["segment_end"]?.count ?? 0,
      segmentFileOffset: json["segment_file_offset"]?.count ?? 0)
    module.limits =
      json["limits"]?.elements.compactMap { $0.text.flatMap { NamingLimit(rawValue: $0) } } ?? []
    return module
  }

  private static func naming(_ text: String?) -> Frame.Naming {
    switch text {
    case "module_only": .moduleOnly
    case "unknown": .unknown
    default: .named
    }
  }
}

extension JSONPart {
  fileprivate func index(_ key: String, below count: Int) throws(ReadingError) -> Int {
    guard let value = self[key] else { throw .danglingReference }
    return try value.index(below: count)
  }

  fileprivate func number(_ key: String) -> UInt32 { UInt32(clamping: self[key]?.count ?? 0) }

  fileprivate func integer(_ key: String, usually: Int32) -> Int32 {
    self[key]?.integer.map { Int32(clamping: $0) } ?? usually
  }
}
