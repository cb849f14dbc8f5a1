// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Reads what `ProfileJSONWriter` writes. Keys that are not known are passed over, those that are
/// missing have their usual value; an index that points nowhere is an error.
struct ProfileJSONReader {
  static func isOne(_ json: JSONValue) -> Bool { json["flameback"] != nil }

  static func read(_ json: JSONValue) throws(ReadingError) -> Profile {
    let version = json["flameback"]?.count ?? 0
    guard version == UInt64(ProfileJSONWriter.version) else {
      throw .version(Int(clamping: version), readable: ProfileJSONWriter.version)
    }
    var profile = Profile(session: session(json["session"]))
    profile.account = account(json["account"])
    func list(_ key: String) -> [JSONValue] { json[key]?.array ?? [] }
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
      for frame in stack["frames"]?.array ?? [] {
        frames.append(try frame.index(below: profile.frames.count))
      }
      profile.stacks.append(
        Stack(
          frames: frames, truncation: stack["truncated"]?.text.flatMap { Truncation(rawValue: $0) })
      )
    }
    var sum: UInt64 = 0
    for sample in list("samples") {
      let count = sample["count"]?.count ?? 0
      let (total, overflow) = sum.addingReportingOverflow(count)
      guard !overflow else { throw .danglingReference }
      sum = total
      profile.samples.append(
        Sample(
          process: try sample.index("process", below: profile.processes.count),
          threadID: sample.integer("tid", usually: -1), comm: sample["comm"]?.text ?? "",
          stack: try sample.index("stack", below: profile.stacks.count),
          values: SampleValues(count),
          times: times(sample["times_ns"], atMost: count),
          group: SampleGroup(
            cpu: sample["cpu"]?.count.flatMap { Int32(exactly: $0) },
            cgroup: sample["cgroup"]?.text)))
    }
    return profile
  }

  private static func times(_ json: JSONValue?, atMost count: UInt64) -> [UInt64] {
    (json?.array ?? []).prefix(Int(clamping: count)).compactMap(\.count).sorted()
  }

  private static func session(_ json: JSONValue?) -> Session {
    Session(
      target: json?["target"]?.text ?? "", host: json?["host"]?.text ?? "",
      metrics: [metric(json)],
      cpus: Int(clamping: json?["cpus"]?.count ?? 0),
      startedAt: Int64(clamping: json?["started_at_ns"]?.count ?? 0),
      duration: json?["duration_ns"]?.count ?? 0)
  }

  private static func metric(_ json: JSONValue?) -> Metric {
    let frequency = Int(clamping: json?["frequency_hz"]?.count ?? 0)
    let period = json?["period"]?.count ?? 0
    if frequency > 0 {
      return .clock(
        event: json?["event"]?.text ?? "",
        pace: period > 0 ? .period(period) : .frequency(frequency))
    }
    var metric = Metric(countName: json?["count_name"]?.text ?? "samples")
    metric.event = json?["event"]?.text ?? ""
    if period > 0 { metric.pace = .period(period) }
    return metric
  }

  private static func module(_ json: JSONValue) throws(ReadingError) -> Module {
    guard let kind = Module.Kind(jsonName: json["kind"]?.text ?? "unknown") else {
      throw .danglingReference
    }
    return Module(
      kind: kind, path: json["path"]?.text ?? "",
      buildID: json["build_id"]?.text.flatMap { BuildID(hexadecimal: $0) },
      segmentStart: json["segment_start"]?.count ?? 0,
      segmentEnd: json["segment_end"]?.count ?? 0,
      segmentFileOffset: json["segment_file_offset"]?.count ?? 0)
  }

  private static func naming(_ text: String?) -> Frame.Naming {
    switch text {
    case "module_only": .moduleOnly
    case "unknown": .unknown
    default: .named
    }
  }

  private static func account(_ json: JSONValue?) -> Account {
    func count(_ path: String...) -> UInt64 {
      path.reduce(json) { $0?[$1] }?.count ?? 0
    }
    var account = Account()
    account.samples.expected = count("samples", "expected")
    account.samples.fired = count("samples", "fired")
    account.samples.idle = count("samples", "idle")
    account.samples.filtered = count("samples", "filtered")
    account.samples.recorded = count("samples", "recorded")
    account.samples.recordedValues = SampleValues(count("samples", "weight"))
    account.samples.untimed = count("samples", "untimed")
    for reason in LossReason.allCases {
      let lost = count("samples", "lost", reason.rawValue)
      if lost > 0, lost < 1 << 56 { account.samples.lost[reason] = lost }
    }
    account.stacks.complete = count("stacks", "complete")
    account.stacks.approximate = count("stacks", "approximate")
    for reason in Truncation.allCases {
      let cut = count("stacks", "truncated", reason.rawValue)
      if cut > 0, cut < 1 << 56 { account.stacks.truncated[reason] = cut }
    }
    account.frames.named = count("frames", "named")
    account.frames.moduleOnly = count("frames", "module_only")
    account.frames.unknown = count("frames", "unknown")
    account.samples.recorded = min(account.samples.recorded, 1 << 56)
    account.cost = cost(json?["cost"])
    return account
  }

  private static func cost(_ json: JSONValue?) -> CostAccount {
    var cost = CostAccount()
    cost.bpfRuns = json?["bpf_runs"]?.count ?? 0
    cost.bpfNanoseconds = json?["bpf_ns"]?.count ?? 0
    cost.setupCPUSeconds = json?["setup_cpu_s"]?.double ?? 0
    cost.samplingCPUSeconds = json?["sampling_cpu_s"]?.double ?? 0
    cost.finishCPUSeconds = json?["finish_cpu_s"]?.double ?? 0
    cost.maxRSSBytes = json?["max_rss_bytes"]?.count ?? 0
    cost.mapBytes = json?["map_bytes"]?.count ?? 0
    cost.stopToWrittenSeconds = json?["stop_to_written_s"]?.double ?? 0
    cost.tableBytes = json?["table_bytes"]?.count ?? 0
    cost.tableBudgetBytes = json?["table_budget_bytes"]?.count ?? 0
    cost.tablesEvicted = json?["tables_evicted"]?.count ?? 0
    return cost
  }
}

extension JSONValue {
  fileprivate func index(_ key: String, below count: Int) throws(ReadingError) -> Int {
    guard let value = self[key] else { throw .danglingReference }
    return try value.index(below: count)
  }

  fileprivate func number(_ key: String) -> UInt32 { UInt32(clamping: self[key]?.count ?? 0) }

  fileprivate func integer(_ key: String, usually: Int32) -> Int32 {
    if case .integer(let value)? = self[key] { return Int32(clamping: value) }
    return usually
  }
}
