// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// What `go tool pprof -comments` shows: what was profiled, and how much of it is missing.
enum PprofComments {
  static func lines(of profile: Profile) -> [String] {
    let session = profile.session
    let samples = profile.account.samples
    let stacks = profile.account.stacks
    var lines = ["target: \(session.target)"]
    if !session.host.isEmpty { lines.append("host: \(session.host)") }
    let metric = session.metric
    if metric.frequencyHz > 0 && session.cpus > 0 {
      lines.append("event: \(metric.event) at \(metric.frequencyHz) Hz on \(session.cpus) CPUs")
    } else if session.cpus > 0 {
      lines.append("event: \(metric.event) on \(session.cpus) CPUs")
    }
    if samples.recorded > 0 {
      lines.append("samples: \(samples.recorded) recorded, \(samples.totalLost) lost")
    }
    for reason in LossReason.allCases {
      if let count = samples.lost[reason], count > 0 {
        lines.append("lost: \(reason.rawValue) \(count)")
      }
    }
    if stacks == StackAccount() { return lines }
    lines.append(
      "stacks: \(stacks.complete) complete, \(stacks.approximate) approximate, "
        + "\(stacks.totalTruncated) truncated")
    for reason in Truncation.allCases {
      if let count = stacks.truncated[reason], count > 0 {
        lines.append("truncated: \(reason.rawValue) \(count)")
      }
    }
    return lines
  }

  /// What flameback's comments say of samples; nil for comments of other tools.
  static func account(in comments: [String]) -> Account? {
    var account = Account()
    for comment in comments {
      let words = comment.split(separator: " ")
      guard words.count > 1 else { continue }
      switch words[0] {
      case "samples:":
        guard let count = UInt64(words[1]), count < 1 << 56 else { continue }
        account.samples.recorded = count
      case "lost:" where words.count > 2:
        guard let reason = LossReason(rawValue: String(words[1])), let count = UInt64(words[2]),
          count < 1 << 56
        else { continue }
        account.samples.lost[reason] = count
      default: break
      }
    }
    return account.samples.recorded > 0 ? account : nil
  }
}
