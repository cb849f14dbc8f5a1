// SPDX-License-Identifier: Apache-2.0

import ProfileModel

// The session of flameback's JSON, written and read.

extension JSONText {
  mutating func session(_ session: Session) {
    member("target", session.target)
    member("host", session.host)
    array("metrics") { json in for metric in session.metrics { json.metric(metric) } }
    member("shown", session.shown)
    member("cpus", session.cpus)
    member("started_at_ns", Int(session.startedAt))
    member("duration_ns", session.duration)
  }

  private mutating func metric(_ metric: Metric) {
    object { json in
      json.member("name", metric.name)
      json.member("unit", metric.unit.name)
      if metric.unitsPerCount != 1 { json.member("units_per_count", metric.unitsPerCount) }
      if metric.countsSamples { json.member("counts_samples", 1) }
      if !metric.event.isEmpty { json.member("event", metric.event) }
      switch metric.pace {
      case .unknown: break
      case .frequency(let hertz): json.member("frequency_hz", hertz)
      case .period(let period): json.member("period", period)
      }
    }
  }
}

extension Session {
  /// - Parameter version: Of the form. Version 1 had one metric, in keys of the session.
  init(_ json: JSONPart?, version: Int) {
    let metrics =
      version == 1
      ? [Metric(version1: json)] : json?["metrics"]?.elements.map { Metric($0) } ?? []
    self.init(
      target: json?["target"]?.text ?? "", host: json?["host"]?.text ?? "", metrics: metrics,
      cpus: Int(clamping: json?["cpus"]?.count ?? 0),
      startedAt: Int64(clamping: json?["started_at_ns"]?.count ?? 0),
      duration: json?["duration_ns"]?.count ?? 0)
    if let shown = json?["shown"]?.count, shown < UInt64(self.metrics.count) {
      self.shown = Int(shown)
    }
  }
}

extension Metric {
  fileprivate init(_ json: JSONPart) {
    var pace = Pace.unknown
    if let hertz = json["frequency_hz"]?.count, hertz > 0 {
      pace = .frequency(Int(clamping: hertz))
    } else if let period = json["period"]?.count {
      pace = .period(period)
    }
    self.init(
      name: json["name"]?.text ?? "", unit: Unit(name: json["unit"]?.text ?? "count"),
      unitsPerCount: json["units_per_count"]?.count ?? 1,
      countsSamples: json["counts_samples"]?.count == 1, event: json["event"]?.text ?? "",
      pace: pace)
  }

  fileprivate init(version1 json: JSONPart?) {
    let frequency = Int(clamping: json?["frequency_hz"]?.count ?? 0)
    let period = json?["period"]?.count ?? 0
    if frequency > 0 {
      self = .clock(
        event: json?["event"]?.text ?? "",
        pace: period > 0 ? .period(period) : .frequency(frequency))
      return
    }
    self.init(countName: json?["count_name"]?.text ?? "samples")
    event = json?["event"]?.text ?? ""
    if period > 0 { pace = .period(period) }
  }
}
