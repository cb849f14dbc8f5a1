// SPDX-License-Identifier: Apache-2.0

/// A sink that makes a profile of all samples that readers send to it.
///
/// Several inputs may be read into one collector, one after the other; their metrics are combined
/// by ``MetricUnion``. Call `finish` at the end.
package struct ProfileCollector: SampleSink {
  private var profile: Profile
  private var frames: [FrameDescription: Int32] = [:]
  private var functions: [Function: Int] = [:]
  private var modules: [Module: Int] = [:]
  private var threads: [(description: ThreadDescription, process: Int)] = []
  private var processes: [ProfiledProcess: Int] = [:]
  private var stacks: [Stack: Int] = [:]
  private var samples: [SampleKey: Int] = [:]
  private var metrics = MetricUnion()
  /// For each metric of the present input its index in the profile; empty where they are equal.
  private var columns: [Int] = []
  /// The sum of each metric so far.
  private var totals = SampleValues(0)

  private struct SampleKey: Hashable {
    var thread: Int32
    var stack: Int
  }

  /// The largest sum of a metric: 2^62. Values beyond are cut, so that sums of profiles never
  /// overflow.
  package static let mostValues: UInt64 = 1 << 62

  /// Creates a collector without samples.
  ///
  /// - Parameter session: The session of the profile. Its metrics are replaced by those of the
  ///   inputs.
  package init(_ session: Session) {
    profile = Profile(session: session)
  }

  package mutating func begin(_ metrics: [Metric], usual: Int) {
    columns = self.metrics.add(metrics, usual: usual)
    if columns.elementsEqual(0..<columns.count) { columns = [] }
  }

  package mutating func number(of frame: FrameDescription) -> Int32 {
    if let number = frames[frame] { return number }
    let number = Int32(profile.frames.count)
    profile.frames.append(
      Frame(
        function: profile.functions.index(holdingOnce: frame.function, &functions),
        module: profile.modules.index(holdingOnce: frame.module, &modules),
        address: frame.address, line: frame.line, isInlined: frame.isInlined,
        naming: frame.naming))
    frames[frame] = number
    return number
  }

  package mutating func number(of thread: ThreadDescription) -> Int32 {
    let process = ProfiledProcess(
      pid: thread.processID,
      comm: thread.processName.isEmpty ? thread.name : thread.processName)
    threads.append((thread, profile.processes.index(holdingOnce: process, &processes)))
    return Int32(threads.count - 1)
  }

  package mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], values: SampleValues, times: [UInt64]
  ) {
    // Samples without a thread get one without a name.
    let thread = thread < 0 ? unnamedThread() : thread
    let stack = profile.stacks.index(
      holdingOnce: Stack(frames: path.reversed().map(Int.init), truncation: truncation), &stacks)
    let key = SampleKey(thread: thread, stack: stack)
    let values = taken(values)
    if let sample = samples[key] {
      for metric in 0..<values.count { profile.samples[sample].values[metric] += values[metric] }
      profile.samples[sample].times += times
      return
    }
    samples[key] = profile.samples.count
    let (description, process) = threads[Int(thread)]
    profile.samples.append(
      Sample(
        process: process, threadID: description.threadID, comm: description.name, stack: stack,
        values: values, times: times,
        group: description.group))
  }

  /// The values as columns of the profile. Untrusted numbers may exceed what can be added up: each
  /// metric's sum is held at `mostValues`.
  private mutating func taken(_ values: SampleValues) -> SampleValues {
    var taken = SampleValues(0)
    for metric in 0..<values.count {
      let column = columns.indices.contains(metric) ? columns[metric] : metric
      let value = min(values[metric], Self.mostValues - totals[column])
      totals[column] += value
      taken[column] += value
    }
    return taken
  }

  /// Returns the profile of all samples that were added, with the sums in its account.
  package consuming func finish() -> Profile {
    if !metrics.metrics.isEmpty {
      profile.session.metrics = metrics.metrics
      profile.session.shown = Metric.shown(in: metrics.metrics, usual: metrics.usual) ?? 0
    }
    profile.account.samples.recorded = totals[profile.session.sampleMetric]
    profile.account.samples.recordedValues = totals
    profile.account.samples.fired = profile.account.samples.recorded
    // Parts of several inputs follow each other.
    for sample in profile.samples.indices { profile.samples[sample].times.sort() }
    return profile
  }

  private var unnamed: Int32 = -1

  private mutating func unnamedThread() -> Int32 {
    if unnamed < 0 { unnamed = number(of: ThreadDescription(name: "")) }
    return unnamed
  }
}
