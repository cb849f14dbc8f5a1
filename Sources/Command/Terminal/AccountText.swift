// SPDX-License-Identifier: Apache-2.0

import Advice
import ProfileModel
import Sampling

/// An output file that was written.
struct Written {
  var path: String
  /// Bytes.
  var size: Int
}

/// The text at the end of `record`: what was sampled and lost, how good the stacks and names are,
/// and what profiling cost.
struct AccountText {
  let profile: Profile
  let result: SamplingResult

  /// The lines, in order.
  func lines(written: [Written]) -> [String] {
    var lines = [headline] + samples + laws + defects + stacks + frames + [cost] + shownMetric
    let missing = result.missingCapabilities
    lines += result.notes.map { "  note     \(Words.note($0, missing: missing))" }
    if kernelIsHidden { lines.append("  note     \(Words.hiddenKernel(missing: missing))") }
    lines += written.map { file in
      "  wrote    \(VisibleText.of(file.path)) (\(Words.size(UInt64(file.size))))"
    }
    return lines
  }

  private var account: Account { profile.account }

  /// Whether there are frames of the kernel itself (not of its modules), and none has a name.
  private var kernelIsHidden: Bool {
    let kernel = profile.frames.filter { profile.modules[$0.module].kind == .kernel }
    return !kernel.isEmpty && kernel.allSatisfy { $0.naming != .named }
  }

  private var headline: String {
    let session = profile.session
    let seconds = Words.fixed(Double(session.duration) / 1e9, places: 1)
    let end =
      switch result.end {
      case .targetExited: "; the target exited"
      case .commandEnded: "; the command ended"
      case .stopped: "; stopped"
      case .durationOver: ""
      }
    return "flameback: \(Words.count(account.samples.recorded, "sample")) of "
      + "\(VisibleText.of(session.target)) in \(seconds) s \(pace) on "
      + "\(Words.count(UInt64(session.cpus), "CPU"))\(end)"
  }

  /// The rate, or the number of events that the samples stand for.
  private var pace: String {
    let session = profile.session
    let metric = session.metric
    if metric.frequencyHz > 0 { return "at \(metric.frequencyHz) Hz" }
    let events = account.samples.recordedValues[session.shown]
    return "for \(Words.grouped(events)) \(VisibleText.of(metric.countName))"
  }

  private var samples: [String] {
    let samples = account.samples
    var lines = [
      "  samples  \(Words.grouped(samples.fired)) fired"
        + " = \(Words.grouped(samples.recorded)) recorded"
        + " + \(Words.grouped(samples.idle)) idle + \(Words.grouped(samples.filtered)) filtered out"
        + " + \(Words.grouped(samples.totalLost)) lost"
        + list(samples.lost.map { ($0.key.rawValue, $0.value) })
    ]
    if samples.untimed > 0 {
      lines.append(
        "  note     \(Words.grouped(samples.untimed)) samples without their time: the memory for "
          + "times is used up")
    }
    let missing = Double(samples.fired) - Double(samples.expected)
    // One sample more or less on each CPU depends on when its clock started.
    let tolerance = max(0.02 * Double(samples.expected), Double(profile.session.cpus))
    if samples.expected > 0, missing.magnitude > tolerance {
      lines.append(
        "  note     \(Words.grouped(samples.expected)) samples were expected: "
          + (missing < 0
            ? "the kernel skipped or delayed some (a busy or paused virtual machine, throttling)"
            : "the clock fired more often than requested"))
    }
    return lines
  }

  /// What became of what other collectors than that of the samples have counted, and of stacks that
  /// were finished later.
  private var laws: [String] {
    account.laws.map { "  \(VisibleText.of($0.key)): \(VisibleText.of($0.equation))" }
  }

  private var defects: [String] {
    account.allLaws.filter { !$0.holds }.map { "  DEFECT   \(Words.unaccounted($0))" }
  }

  /// Where the values are if the shown metric has none; else empty.
  private var shownMetric: [String] {
    guard profile.totalCount == 0 else { return [] }
    let names = profile.metricsWithValues.map { VisibleText.of($0.name) }
    return [
      "  note     no sample has \(VisibleText.of(profile.session.metric.name)): pictures, folded "
        + "stacks and tables are empty; there is --metric \(names.joined(separator: ", "))"
    ]
  }

  private var stacks: [String] {
    let stacks = account.stacks
    guard stacks.total > 0 else { return [] }
    let line =
      "  stacks   \(Words.grouped(stacks.complete)) complete, "
      + "\(Words.grouped(stacks.approximate)) approximate, "
      + "\(Words.grouped(stacks.totalTruncated)) truncated"
      + list(stacks.truncated.map { ($0.key.rawValue, $0.value) })
    return [line] + tables + warning(about: stacks) + remedy(for: stacks)
  }

  private var tables: [String] {
    guard account.cost.tablesEvicted > 0 else { return [] }
    let count = Words.grouped(account.cost.tablesEvicted)
    return [
      "           unwind tables evicted for lack of memory: \(count), in "
        + "\(Words.size(account.cost.tableBudgetBytes)) (--table-memory)"
    ]
  }

  /// That boxes near the root cannot be relied on; empty if few stacks are truncated.
  private func warning(about stacks: StackAccount) -> [String] {
    guard stacks.hasManyTruncated else { return [] }
    return [
      "  WARNING  \(percent(stacks.totalTruncated, of: stacks.total)) of the user stacks are "
        + "truncated: shares of their callers are too small"
    ]
  }

  /// What would complete the most of the truncated stacks; empty if at most 1 % are truncated.
  private func remedy(for stacks: StackAccount) -> [String] {
    guard stacks.truncatedPercent > 1,
      let best = StackAdvice(for: profile).mostHelpful(for: stacks)
    else { return [] }
    let limit =
      best.reason == .tableBudget
      ? ": \(Words.size(account.cost.tableBudgetBytes)) were too little" : ""
    return ["           fix: \(best.text)\(limit)"]
  }

  private var frames: [String] {
    let frames = account.frames
    let all = frames.named + frames.moduleOnly + frames.unknown
    guard all > 0 else { return [] }
    let unnamed = frames.moduleOnly + frames.unknown
    let reread =
      frames.rereadFiles > 0
      ? [
        "           \(Words.count(frames.rereadFiles, "file")) read by libdw, since flameback's own "
          + "reader failed"
      ] : []
    return [
      "  frames   \(Words.grouped(frames.named)) named, "
        + "\(Words.grouped(frames.moduleOnly)) by module only, "
        + "\(Words.grouped(frames.unknown)) unknown (\(percent(unnamed, of: all)) without a name)"
    ] + reread + UnnamedText(profile: profile).lines
  }

  private var cost: String {
    let cost = account.cost
    let sampled = Double(profile.session.duration) / 1e9
    let share = sampled > 0 ? 100 * cost.samplingCPUSeconds / sampled : 0
    let perRun = cost.bpfRuns > 0 ? Double(cost.bpfNanoseconds) / Double(cost.bpfRuns) / 1e3 : 0
    return "  own cost \(Words.fixed(share, places: 2)) % of a core while sampling"
      + " + \(Words.fixed(perRun, places: 1)) µs per sample in the kernel, "
      + "\(Words.fixed(cost.setupCPUSeconds + cost.finishCPUSeconds, places: 2)) s before and "
      + "after, memory \(Words.size(cost.maxRSSBytes)) + \(Words.size(cost.mapBytes)) in BPF maps"
  }

  /// ` (a 3, b 1)`: the counts that are not 0, the largest first; empty if all are 0.
  private func list(_ counts: [(String, UInt64)]) -> String {
    let present = counts.filter { $0.1 > 0 }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    guard !present.isEmpty else { return "" }
    return " (" + present.map { "\($0.0) \(Words.grouped($0.1))" }.joined(separator: ", ") + ")"
  }

  private func percent(_ part: UInt64, of all: UInt64) -> String {
    "\(Words.fixed(100 * Double(part) / Double(max(1, all)), places: 1)) %"
  }
}
