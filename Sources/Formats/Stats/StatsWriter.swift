// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A writer of the statistics of a run as JSON, for the option `--stats`: samples recorded and
/// lost, stacks, frames, and cost. Keys are only ever added. Every reason of a loss has a key, even
/// if its value is 0. Times are in seconds and sizes in bytes, unless a key's suffix names a unit.
package struct StatsWriter: Sendable {
  /// Creates a writer of statistics. The format has no options.
  package init() {}

  /// Returns the statistics of a run as JSON in UTF-8, with a newline at the end.
  ///
  /// - Parameters:
  ///   - session: The description of the run: target, host, time and sampling.
  ///   - account: The numbers of samples, stacks, frames and losses of the run, and its cost.
  package func bytes(session: Session, account: Account) -> [UInt8] {
    var json = JSONText()
    json.object { json in
      json.member("version", 1)
      let metric = session.metric
      json.member("event", metric.event)
      json.member("frequency_hz", metric.frequencyHz)
      json.member("cpus", session.cpus)
      json.member("duration_s", Double(session.duration) / 1e9)
      json.member("period", metric.period)
      json.member("count_name", metric.countName)
      json.account(account, shown: session.shown)
    }
    return json.bytes + [UInt8(ascii: "\n")]
  }
}

extension JSONText {
  /// - Parameter shown: The index of the metric that `weight` is of.
  mutating func account(_ account: Account, shown: Int) {
    object("samples") { $0.samples(account.samples, shown: shown) }
    object("stacks") { $0.stacks(account.stacks) }
    object("frames") { $0.frames(account.frames) }
    object("cost") { $0.cost(account.cost) }
    guard !account.laws.isEmpty else { return }
    array("laws") { json in
      for law in account.laws { json.object { $0.law(law) } }
    }
  }

  fileprivate mutating func law(_ law: ConservationLaw) {
    member("key", law.key)
    member("quantity", law.quantity.rawValue)
    member("total", law.total)
    member("tolerance", law.tolerance)
    array("parts") { json in
      for part in law.parts {
        json.object { json in
          json.member("name", part.name)
          json.member("amount", part.amount)
        }
      }
    }
  }

  fileprivate mutating func samples(_ samples: SampleAccount, shown: Int) {
    member("expected", samples.expected)
    member("fired", samples.fired)
    member("idle", samples.idle)
    member("filtered", samples.filtered)
    member("recorded", samples.recorded)
    member("weight", samples.recordedValues[shown])
    member("untimed", samples.untimed)
    object("lost") { json in
      for reason in LossReason.allCases { json.member(reason.rawValue, samples.lost[reason] ?? 0) }
    }
  }

  fileprivate mutating func stacks(_ stacks: StackAccount) {
    member("complete", stacks.complete)
    member("approximate", stacks.approximate)
    object("truncated") { json in
      for reason in Truncation.allCases {
        json.member(reason.rawValue, stacks.truncated[reason] ?? 0)
      }
    }
  }

  fileprivate mutating func frames(_ frames: FrameAccount) {
    member("named", frames.named)
    member("module_only", frames.moduleOnly)
    member("unknown", frames.unknown)
    object("limited_modules") { json in
      for limit in NamingLimit.allCases {
        json.member(limit.rawValue, frames.limitedModules[limit] ?? 0)
      }
    }
    member("reread_files", frames.rereadFiles)
  }

  fileprivate mutating func trial(_ trial: UnwindingTrial) {
    member("walks", trial.walks)
    member("frames", trial.frames)
    member("walk_ns", trial.walkNanoseconds)
    member("median_ns_per_frame", trial.medianNanosecondsPerFrame)
    member("table_runs", trial.tableRuns)
    member("table_ns", trial.tableNanoseconds)
    member("helper_runs", trial.helperRuns)
    member("helper_ns", trial.helperNanoseconds)
  }

  fileprivate mutating func cost(_ cost: CostAccount) {
    member("bpf_runs", cost.bpfRuns)
    member("bpf_ns", cost.bpfNanoseconds)
    member("setup_cpu_s", cost.setupCPUSeconds)
    member("sampling_cpu_s", cost.samplingCPUSeconds)
    member("finish_cpu_s", cost.finishCPUSeconds)
    member("worker_cpu_s", cost.workerCPUSeconds)
    member("worker_max_rss_bytes", cost.workerPeakBytes)
    member("max_rss_bytes", cost.maxRSSBytes)
    member("map_bytes", cost.mapBytes)
    member("stop_to_written_s", cost.stopToWrittenSeconds)
    member("table_bytes", cost.tableBytes)
    member("table_budget_bytes", cost.tableBudgetBytes)
    member("tables_evicted", cost.tablesEvicted)
    member("side_band_records", cost.sideBandRecords)
    if let trial = cost.trial { object("trial") { $0.trial(trial) } }
  }
}
