// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A writer of the Trace Event Format, JSON that Perfetto and `chrome://tracing` open. For each
/// thread it has the calls that the samples show, as "complete" events with a start and a duration
/// in microseconds.
///
/// If the times of samples are known, each call starts at the time of the first sample that shows
/// it. Otherwise samples follow each other in the order of their stacks, and the file says so.
///
/// Both programs take the ids of processes and threads for tracks. Ids that are unknown, or that a
/// second process or thread of the profile has, are replaced by ids that no task has.
package struct ChromeTraceWriter: ProfileWriter {
  package let name = "chrome-trace"
  package let suffixes = [".trace.json"]

  /// Creates a writer of Trace Event JSON. The format has no options.
  package init() {}

  package func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError) {
    let paths = RenderedPaths(profile)
    let kinds = (0..<paths.frameCount).map { paths.category($0, profile) }
    let unit = ChromeTraceTimeline.nanosecondsPerCount(profile.session.metric)
    var processes: [Int: Int] = [:]
    var processIDs = TrackIDs()
    var threadIDs = TrackIDs()
    var json = JSONText()
    json.object { json in
      json.member("displayTimeUnit", "ms")
      json.object("otherData") { $0.facts(profile) }
      json.array("traceEvents") { json in
        for thread in ThreadSamples.of(profile) {
          let process = profile.processes[thread.process]
          let isNew = processes[thread.process] == nil
          let pid = processes[thread.process] ?? processIDs.id(process.pid)
          processes[thread.process] = pid
          let track = (pid: pid, tid: threadIDs.id(thread.threadID))
          if isNew { json.name("process_name", process.comm, track) }
          json.name("thread_name", thread.name, track)
          let timeline = ChromeTraceTimeline(thread.samples, paths, nanosecondsPerCount: unit)
          for call in timeline.calls {
            json.call(call, paths.name(call.frame), kinds[call.frame], track)
            json.drain(into: &sink)
          }
        }
      }
    }
    json.finish(into: &sink)
  }
}

/// Ids of tracks, each of which is given once.
private struct TrackIDs {
  private var used: Set<Int> = []
  /// The kernel's limit of process ids: no task has it, or a higher one.
  private var next = 1 << 22

  /// - Parameter known: The id in the profile; -1 if unknown.
  mutating func id(_ known: Int32) -> Int {
    if known >= 0, used.insert(Int(known)).inserted { return Int(known) }
    while !used.insert(next).inserted { next += 1 }
    return next
  }
}

extension RenderedPaths {
  /// An event's category, by which viewers filter.
  fileprivate func category(_ index: Int, _ profile: Profile) -> String {
    guard let frame = frame(index) else {
      return index == unknownFrame ? "unknown" : "truncated"
    }
    return switch profile.kind(of: frame) {
    case .user: "user"
    case .inlined: "inlined"
    case .kernel: "kernel"
    case .anonymous: "anonymous"
    case .unknown: "unknown"
    }
  }
}

extension JSONText {
  /// What the file says besides events.
  fileprivate mutating func facts(_ profile: Profile) {
    let metric = profile.session.metric
    member("exporter", "flameback")
    member("target", VisibleText.of(profile.session.target))
    member("host", VisibleText.of(profile.session.host))
    member("metric", VisibleText.of(metric.name))
    member("count", profile.totalCount)
    member("count_name", VisibleText.of(metric.countName))
    member("ns_per_count", ChromeTraceTimeline.nanosecondsPerCount(metric))
    member("order", profile.hasTimes ? "time" : "stacks, not time")
    member("started_at_ns", Int(profile.session.startedAt))
  }

  /// A metadata event: the name of a process or thread.
  fileprivate mutating func name(_ event: String, _ name: String, _ track: (pid: Int, tid: Int)) {
    object { json in
      json.member("ph", "M")
      json.member("name", event)
      json.member("pid", track.pid)
      json.member("tid", track.tid)
      json.object("args") { json in
        json.member("name", RenderedPaths.shownName(of: name))
      }
    }
  }

  fileprivate mutating func call(
    _ call: ChromeTraceTimeline.Call, _ name: String, _ category: String,
    _ track: (pid: Int, tid: Int)
  ) {
    object { json in
      json.member("ph", "X")
      json.member("name", name)
      json.member("cat", category)
      json.member("pid", track.pid)
      json.member("tid", track.tid)
      json.microseconds("ts", call.start)
      json.microseconds("dur", call.end - call.start)
    }
  }

  /// Nanoseconds as the format's microseconds; whole ones without a fraction.
  private mutating func microseconds(_ name: String, _ nanoseconds: UInt64) {
    if nanoseconds.isMultiple(of: 1000) {
      member(name, nanoseconds / 1000)
    } else {
      member(name, Double(nanoseconds) / 1000)
    }
  }
}
