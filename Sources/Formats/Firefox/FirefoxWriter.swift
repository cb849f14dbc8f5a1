// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A writer of the JSON that <https://profiler.firefox.com> opens: its "processed profile" format,
/// version 66, as samply writes it. Newer versions of the site upgrade it.
///
/// If the times of samples are not known, they are spread evenly over the session, one sample for
/// each stack of a thread, with its count as value. The product's name in the file then says so.
package struct FirefoxWriter: ProfileWriter {
  package let name = "firefox"
  package let suffixes = [".firefox.json"]
  private static let version = 66

  package init() {}

  package func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError) {
    var tables = FirefoxTables(profile)
    let threads = ThreadSamples.of(profile)
    let stacks = threads.map { thread in thread.samples.map { tables.stack(of: $0.stack) } }
    var json = JSONText()
    json.object { json in
      json.object("meta") { meta(profile, to: &$0) }
      json.array("libs") { tables.writeLibraries(to: &$0) }
      json.object("shared") { json in
        tables.write(to: &json, draining: &sink)
      }
      json.array("threads") { json in
        for (thread, stacks) in zip(threads, stacks) {
          write(thread, stacks, profile, to: &json, draining: &sink)
        }
      }
      for key in ["pages", "profilerOverhead", "counters"] { json.array(key) { _ in } }
    }
    json.finish(into: &sink)
  }

  private func meta(_ profile: Profile, to json: inout JSONText) {
    let session = profile.session
    json.array("categories") { json in
      for category in FirefoxCategory.allCases {
        json.object { json in
          json.member("name", category.name)
          json.member("color", category.color)
          json.array("subcategories") { $0.value("Other") }
        }
      }
    }
    json.member("debug", false)
    json.object("extensions") { json in
      json.member("length", 0)
      for key in ["baseURL", "id", "name"] { json.array(key) { _ in } }
    }
    let frequency = session.metric.frequencyHz
    json.member("interval", frequency > 0 ? 1000 / Double(frequency) : 1)
    json.member("preprocessedProfileVersion", Self.version)
    json.member("processType", 0)
    let note = profile.hasTimes ? "flameback" : "flameback; times spread evenly"
    json.member("product", VisibleText.of("\(session.target) (\(note))"))
    json.member("oscpu", "Linux")
    json.object("sampleUnits") { json in
      json.member("time", "ms")
      json.member("eventDelay", "ms")
      json.member("threadCPUDelta", "µs")
    }
    json.member("startTime", Double(session.startedAt) / 1e6)
    json.member("symbolicated", true)
    json.array("pausedRanges") { _ in }
    json.member("version", 24)
    json.member("usesOnlyOneStackType", true)
    json.member("sourceCodeIsNotOnSearchfox", true)
    json.array("markerSchema") { _ in }
  }

  private func write(
    _ thread: ThreadSamples, _ stacks: [Int], _ profile: Profile, to json: inout JSONText,
    draining sink: inout some ByteSink
  ) {
    let process = profile.processes[thread.process]
    // Where times are known, those without one come last.
    let times = RenderedTimes(
      end: Double(profile.session.duration), unit: 1e6,
      isTimed: thread.samples.first?.time != nil)
    let pid = String(max(0, process.pid))
    json.object { json in
      json.member("name", VisibleText.of(thread.comm.isEmpty ? "all threads" : thread.comm))
      json.member("isMainThread", thread.threadID == process.pid)
      json.member("processType", "default")
      json.member("processName", VisibleText.of(process.comm))
      json.member("processStartupTime", 0)
      json.null("processShutdownTime")
      json.member("registerTime", 0)
      json.null("unregisterTime")
      json.array("pausedRanges") { _ in }
      json.member("pid", pid)
      json.member("tid", String(max(0, thread.threadID)))
      json.member("showMarkersInTimeline", false)
      json.object("samples") { json in
        json.member("length", stacks.count)
        json.array("stack") { json in
          for stack in stacks {
            if stack < 0 { json.null() } else { json.value(stack) }
            json.drain(into: &sink)
          }
        }
        json.array("time") { json in
          for (place, sample) in thread.samples.enumerated() {
            json.value(times.time(sample.time, index: place, of: stacks.count))
            json.drain(into: &sink)
          }
        }
        json.array("weight") { json in
          for sample in thread.samples {
            json.value(sample.count)
            json.drain(into: &sink)
          }
        }
        json.member("weightType", "samples")
      }
      json.object("markers") { json in
        json.member("length", 0)
        for key in ["category", "data", "endTime", "name", "phase", "startTime"] {
          json.array(key) { _ in }
        }
      }
    }
  }
}
