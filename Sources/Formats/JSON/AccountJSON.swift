// SPDX-License-Identifier: Apache-2.0

import ProfileModel

// The account of a run in flameback's JSON, read. `StatsWriter` has the keys.

extension Account {
  /// Keys that are missing count as 0. Numbers of samples are held below 2^56, so that sums of an
  /// untrusted file's do not overflow.
  init(_ json: JSONPart?) {
    self.init()
    samples = SampleAccount(json?["samples"], values: json?["recorded_values"])
    stacks = StackAccount(json?["stacks"])
    frames = FrameAccount(json?["frames"])
    cost = CostAccount(json?["cost"])
    laws = json?["laws"]?.elements.compactMap { ConservationLaw($0) } ?? []
  }
}

extension JSONPart {
  fileprivate func number(_ key: String) -> UInt64 { min(self[key]?.count ?? 0, 1 << 56) }

  fileprivate func seconds(_ key: String) -> Double { self[key]?.double ?? 0 }

  /// The numbers of an object by the reasons that its keys name; without those that are 0.
  fileprivate func reasons<Reason>(_ key: String) -> [Reason: UInt64]
  where Reason: RawRepresentable & CaseIterable & Hashable, Reason.RawValue == String {
    var reasons: [Reason: UInt64] = [:]
    for reason in Reason.allCases {
      if let count = self[key]?.number(reason.rawValue), count > 0 { reasons[reason] = count }
    }
    return reasons
  }
}

extension SampleAccount {
  fileprivate init(_ json: JSONPart?, values: JSONPart?) {
    self.init()
    guard let json else { return }
    expected = json.number("expected")
    fired = json.number("fired")
    idle = json.number("idle")
    filtered = json.number("filtered")
    recorded = json.number("recorded")
    untimed = json.number("untimed")
    lost = json.reasons("lost")
    // Version 1 had the shown metric only.
    recordedValues = SampleValues(
      values?.array?.map { $0.count ?? 0 } ?? [json.number("weight")])
  }
}

extension StackAccount {
  fileprivate init(_ json: JSONPart?) {
    self.init()
    guard let json else { return }
    complete = json.number("complete")
    approximate = json.number("approximate")
    truncated = json.reasons("truncated")
  }
}

extension FrameAccount {
  fileprivate init(_ json: JSONPart?) {
    self.init()
    guard let json else { return }
    named = json.number("named")
    moduleOnly = json.number("module_only")
    unknown = json.number("unknown")
    limitedModules = json.reasons("limited_modules")
    rereadFiles = json.number("reread_files")
  }
}

extension CostAccount {
  fileprivate init(_ json: JSONPart?) {
    self.init()
    guard let json else { return }
    bpfRuns = json.number("bpf_runs")
    bpfNanoseconds = json["bpf_ns"]?.count ?? 0
    setupCPUSeconds = json.seconds("setup_cpu_s")
    samplingCPUSeconds = json.seconds("sampling_cpu_s")
    finishCPUSeconds = json.seconds("finish_cpu_s")
    workerCPUSeconds = json.seconds("worker_cpu_s")
    workerPeakBytes = json.number("worker_max_rss_bytes")
    maxRSSBytes = json.number("max_rss_bytes")
    mapBytes = json.number("map_bytes")
    stopToWrittenSeconds = json.seconds("stop_to_written_s")
    tableBytes = json.number("table_bytes")
    tableBudgetBytes = json.number("table_budget_bytes")
    tablesEvicted = json.number("tables_evicted")
    sideBandRecords = json.number("side_band_records")
    trial = json["trial"].map { UnwindingTrial($0) }
  }
}

extension ConservationLaw {
  /// Nil if the key or a quantity that is known is missing.
  fileprivate init?(_ json: JSONPart) {
    guard let key = json["key"]?.text,
      let quantity = json["quantity"]?.text.flatMap(Quantity.init(rawValue:))
    else { return nil }
    self.init(
      key, quantity, total: json.number("total"),
      parts: json["parts"]?.elements.map {
        Part($0["name"]?.text ?? "", $0.number("amount"))
      } ?? [],
      tolerance: json.number("tolerance"))
  }
}

extension UnwindingTrial {
  fileprivate init(_ json: JSONPart) {
    self.init()
    walks = json.number("walks")
    frames = json.number("frames")
    walkNanoseconds = json.number("walk_ns")
    medianNanosecondsPerFrame = json.seconds("median_ns_per_frame")
    tableRuns = json.number("table_runs")
    tableNanoseconds = json.number("table_ns")
    helperRuns = json.number("helper_runs")
    helperNanoseconds = json.number("helper_ns")
  }
}
