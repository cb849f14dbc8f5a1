// SPDX-License-Identifier: Apache-2.0

/// The samples of one thread of a profile, for formats that keep threads apart.
package struct ThreadSamples: Sendable {
  /// The index of the process in `Profile.processes`.
  package var process: Int
  /// The thread id; -1 if it is not known.
  package var threadID: Int32
  /// The name of the thread, empty if it is not known. Untrusted text.
  package var comm: String
  /// A single sample with its time, or several equal samples whose times are not known.
  package struct Entry: Sendable {
    /// The index of the stack in `Profile.stacks`.
    package var stack: Int
    /// The value of the entry's samples in the shown metric; 1 for a single sample with a time.
    package var count: UInt64
    /// The time of the sample, in nanoseconds since the session's start; nil if it is not known.
    package var time: UInt64?
  }

  /// The samples of the thread: first those with a time, in the order of times, then the others, in
  /// the profile's order.
  package var samples: [Entry] = []
  /// The sum of the counts of `samples`: the thread's value in the shown metric.
  package var total: UInt64 = 0
  /// The name that outputs show: `comm PID/TID`, without the ids that are not known, or
  /// `allThreads` if no thread is known. Untrusted text.
  package var name: String

  /// The name under which samples are shown whose thread is not known.
  package static let allThreads = "all threads"

  /// Groups the samples of a profile by process, thread id and thread name. Samples that have a
  /// value of 0 in the shown metric are left out.
  ///
  /// - Returns: The threads in the order of their first samples.
  package static func of(_ profile: Profile) -> [Self] {
    struct Key: Hashable {
      var process: Int
      var threadID: Int32
      var comm: String
    }
    var places: [Key: Int] = [:]
    var threads: [Self] = []
    for sample in profile.samples where profile.count(of: sample) > 0 {
      let key = Key(process: sample.process, threadID: sample.threadID, comm: sample.comm)
      let place = places[key] ?? threads.count
      places[key] = place
      if place == threads.count {
        let pid = profile.processes[sample.process].pid
        let ids =
          sample.threadID < 0 ? "" : pid < 0 ? " \(sample.threadID)" : " \(pid)/\(sample.threadID)"
        threads.append(
          Self(
            process: sample.process, threadID: sample.threadID, comm: sample.comm,
            name: profile.hasThread(sample)
              ? (sample.comm.isEmpty ? RenderedPaths.unknownName : sample.comm) + ids : allThreads))
      }
      let count = profile.count(of: sample)
      threads[place].samples += entries(of: sample, count: count)
      threads[place].total += count
    }
    guard profile.hasTimes else { return threads }
    for place in threads.indices {
      // Stable: what has no time keeps its order.
      threads[place].samples.sort { ($0.time ?? .max) < ($1.time ?? .max) }
    }
    return threads
  }

  private static func entries(of sample: Sample, count: UInt64) -> [Entry] {
    let rest = count - min(count, UInt64(sample.times.count))
    return sample.times.map { Entry(stack: sample.stack, count: 1, time: $0) }
      + (rest > 0 ? [Entry(stack: sample.stack, count: rest)] : [])
  }
}
