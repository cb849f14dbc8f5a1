// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A writer of speedscope's JSON file format, with a "sampled" profile for each thread.
///
/// <https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources> describes the format.
/// If the times of samples are known, each sample has its time, and the time between two is a
/// sample without frames. Otherwise samples follow one another in the order of their stacks, and
/// the profile's name says so.
package struct SpeedscopeWriter: ProfileWriter {
  package let name = "speedscope"
  package let suffixes = [".speedscope.json"]

  package init() {}

  package func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError) {
    var json = JSONText()
    let threads = ThreadSamples.of(profile)
    let paths = RenderedPaths(profile)
    json.object { json in
      json.member("$schema", "https://www.speedscope.app/file-format-schema.json")
      json.member("exporter", SpeedscopeExporter.text(profile))
      let note = profile.hasTimes ? "" : " (order of stacks, not of time)"
      json.member("name", VisibleText.of(profile.session.target + note))
      json.object("shared") { json in
        json.array("frames") { json in
          for index in 0..<paths.frameCount {
            json.frame(index, paths, profile)
            json.drain(into: &sink)
          }
        }
      }
      json.array("profiles") { json in
        for thread in threads { json.thread(thread, paths, profile, &sink) }
      }
    }
    json.finish(into: &sink)
  }
}

extension JSONText {
  fileprivate mutating func frame(_ index: Int, _ paths: RenderedPaths, _ profile: Profile) {
    object { json in
      json.member("name", paths.name(index))
      guard let frame = paths.frame(index) else { return }
      let source = profile.functions[frame.function].file
      let file = source.isEmpty ? profile.modules[frame.module].path : source
      if !file.isEmpty { json.member("file", VisibleText.of(file)) }
      if frame.line > 0 { json.member("line", Int(frame.line)) }
    }
  }

  fileprivate mutating func thread(
    _ thread: ThreadSamples, _ paths: RenderedPaths, _ profile: Profile,
    _ sink: inout some ByteSink
  ) {
    let period = profile.session.metric.nanosecondsPerSample
    let hasPeriod = period != nil
    func weight(_ count: UInt64) -> UInt64 {
      let (product, overflow) = count.multipliedReportingOverflow(by: period ?? 1)
      return overflow ? .max : product
    }
    // Those without a time come last.
    let isTimed = hasPeriod && thread.samples.first?.time != nil
    // How long nothing ran before each sample. Ticks that come early make no time: it is caught up.
    var end: UInt64 = 0
    let gaps = thread.samples.map { sample in
      let gap = isTimed ? (sample.time ?? end) - min(end, sample.time ?? end) : 0
      end = end.addingReportingOverflow(gap + weight(sample.count)).partialValue
      return gap
    }
    object { json in
      json.member("type", "sampled")
      json.member("name", VisibleText.of(thread.name))
      json.member("unit", hasPeriod ? "nanoseconds" : "none")
      json.member("startValue", 0)
      json.member("endValue", end)
      json.array("samples") { json in
        for (sample, gap) in zip(thread.samples, gaps) {
          if gap > 0 { json.array { _ in } }
          json.array { json in
            // In time, a sample without frames says that nothing ran.
            let path = paths.path(of: sample.stack, fillsEmpty: isTimed)
            for frame in path { json.value(frame) }
          }
          json.drain(into: &sink)
        }
      }
      json.array("weights") { json in
        for (sample, gap) in zip(thread.samples, gaps) {
          if gap > 0 { json.value(gap) }
          json.value(weight(sample.count))
          json.drain(into: &sink)
        }
      }
    }
  }
}

/// What the file says of its maker, and of what a sample stands for.
enum SpeedscopeExporter {
  private static let opening = "flameback, "
  private static let ending = " ns a sample"
  private static let timed = ", in time"

  static func text(_ profile: Profile) -> String {
    guard let period = profile.session.metric.nanosecondsPerSample else { return "flameback" }
    return opening + String(period) + ending
      + (profile.hasTimes ? timed : "")
  }

  /// Nanoseconds, if the file is of ours and says it.
  static func period(_ text: String?) -> Double? {
    guard var text, text.hasPrefix(opening) else { return nil }
    if isTimed(text) { text.removeLast(timed.count) }
    guard text.hasSuffix(ending) else { return nil }
    return Double(text.dropFirst(opening.count).dropLast(ending.count)).flatMap {
      $0 >= 1 ? $0 : nil
    }
  }

  /// Whether samples stand where they fell, in a file of ours.
  static func isTimed(_ text: String?) -> Bool {
    text.map { $0.hasPrefix(opening) && $0.hasSuffix(timed) } ?? false
  }
}
