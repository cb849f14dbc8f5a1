// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// A writer of the text that `perf script` prints, which FlameScope, speedscope, the Firefox
/// Profiler and stackcollapse-perf.pl read.
///
/// If the times of samples are not known, they are spread evenly over the session, and a comment at
/// the top says so. Kernel frames have no addresses. If there are more counts than samples can have
/// been taken (counts may be bytes or nanoseconds), each stack is written once, with its count as
/// period.
package struct PerfScriptWriter: ProfileWriter {
  package let name = "perf-script"
  package let suffixes = [".perf.txt"]

  static let makerComment: StaticString = "# captured by : flameback"
  /// Without it, times are real.
  static let spreadComment: StaticString = "# times are spread evenly: the profile has none"
  private static let mostSamples = 20_000_000
  /// Nanoseconds, of a sample of which it is not known what it stands for.
  private static let periodOfUnknownRate: UInt64 = 1_000_000_000

  package init() {}

  package func write(_ profile: Profile, to sink: inout some ByteSink) throws(WritingError) {
    var text = ByteWriter()
    text.append("# ========\n")
    text.append(Self.makerComment)
    text.append("\n# hostname : ")
    text.append(text: VisibleText.of(profile.session.host))
    text.append("\n")
    let hasTimes = profile.hasTimes
    if !hasTimes {
      text.append(Self.spreadComment)
      text.append("\n")
    }
    text.append("# ========\n#\n")
    let total = profile.totalCount
    let metric = profile.session.metric
    let period =
      metric.countsSamples ? metric.nanosecondsPerSample ?? Self.periodOfUnknownRate : 1
    // Without a length, as long as the samples of one CPU.
    let duration =
      profile.session.duration > 0
      ? Double(profile.session.duration) : Double(total) * Double(min(period, 10_000_000))
    let paths = RenderedPaths(profile)
    let frames = (0..<paths.frameCount).map { line($0, paths, profile) }
    let times = RenderedTimes(end: duration, isTimed: hasTimes)
    let standsOnce = total > Self.mostSamples
    func write(_ sample: Sample, at time: Double) {
      writeHeader(sample, profile, time, standsOnce ? profile.count(of: sample) : period, to: &text)
      for frame in paths.path(of: sample.stack).reversed() { text.append(bytes: frames[frame]) }
      text.append("\n")
      text.drain(into: &sink)
    }
    for (time, sample) in standsOnce ? [] : ticks(of: profile) {
      write(profile.samples[sample], at: Double(time))
    }
    var written: UInt64 = 0
    for sample in profile.samples {
      let count = profile.count(of: sample)
      let known = standsOnce ? 0 : min(count, UInt64(sample.times.count))
      for _ in 0..<(standsOnce ? 1 : count - known) {
        write(sample, at: times.time(nil, index: Int(written), of: Int(clamping: total)))
        written += standsOnce ? count : 1
      }
    }
    text.drain(into: &sink, least: 0)
  }

  private func ticks(of profile: Profile) -> [(time: UInt64, sample: Int)] {
    // The time of a sample without a value is that of another metric.
    let shown = profile.samples.indices.filter { profile.count(of: profile.samples[$0]) > 0 }
    return shown.flatMap { sample in
      profile.samples[sample].times.map { (time: $0, sample: sample) }
    }.sorted { ($0.time, $0.sample) < ($1.time, $1.sample) }
  }

  private func writeHeader(
    _ sample: Sample, _ profile: Profile, _ time: Double, _ period: UInt64,
    to text: inout ByteWriter
  ) {
    text.append(bytes: Self.comm(sample.comm))
    text.append(" ")
    text.append(decimal: Int(max(0, profile.processes[sample.process].pid)))
    text.append("/")
    text.append(decimal: Int(max(0, sample.threadID)))
    text.append(" ")
    text.append(time / 1e9, places: 6)
    text.append(":   ")
    text.append(decimal: period)
    text.append(" ")
    let event = VisibleText.of(profile.session.metric.event)
    text.append(text: event.isEmpty ? "cpu-clock" : event)
    text.append(":\n")
  }

  /// A thread's name, bent where it would be read as a comment, as a line of a stack or as the rest of
  /// the header.
  private static func comm(_ name: String) -> [UInt8] {
    var bytes = Array(RenderedPaths.shownName(of: name).utf8)
    PerfScriptHeader.joinTimes(&bytes)
    if let first = bytes.first, " #@".utf8.contains(first) { bytes[0] = UInt8(ascii: "_") }
    return bytes
  }

  private func line(_ index: Int, _ paths: RenderedPaths, _ profile: Profile) -> [UInt8] {
    var text = ByteWriter()
    guard let frame = paths.frame(index) else {
      text.append("\t               0 ")
      text.append(text: paths.name(index))
      text.append(text: " (\(RenderedPaths.unknownName))\n")
      return text.bytes
    }
    let module = profile.modules[frame.module]
    text.append("\t")
    let address = String(module.isInKernel ? 0 : frame.address, radix: 16)
    text.append(text: String(repeating: " ", count: max(0, 16 - address.utf8.count)) + address)
    text.append(" ")
    let name = frame.naming == .unknown ? RenderedPaths.unknownName : paths.name(index)
    text.append(text: name)
    // `symbol+0xoff`: readers take the offset off, and would take it off `module+0xoff`.
    if !frame.isInlined, name != RenderedPaths.unknownName { text.append("+0x0") }
    text.append(" (")
    if frame.isInlined {
      text.append("inlined")
    } else if module.kind == .unknown || module.path.isEmpty {
      text.append(text: RenderedPaths.unknownName)
    } else {
      // A blank in a path makes readers lose the frame.
      let blank = UInt8(ascii: " ")
      let path = VisibleText.of(module.pprofPath).utf8.map { $0 == blank ? UInt8(ascii: "_") : $0 }
      text.append(text: String(decoding: path, as: UTF8.self))
    }
    text.append(")\n")
    return text.bytes
  }
}

extension String {
  fileprivate func replacing(_ old: Character, with new: Character) -> String {
    String(map { $0 == old ? new : $0 })
  }
}
