// SPDX-License-Identifier: Apache-2.0

/// The samples of one thread, for formats that part them by thread.
public struct ThreadSamples: Sendable {
  /// Index in `Profile.processes`.
  public var process: Int
  /// The thread id; -1 if unknown.
  public var threadID: Int32
  /// The name of the thread. Untrusted text.
  public var comm: String
  /// Equal samples, or a single one with its time.
  public struct Entry: Sendable {
    /// Index in `Profile.stacks`.
    public var stack: Int
    /// In the shown metric.
    public var count: UInt64
    /// As in `Sample`.
    public var time: UInt64?
  }

  /// Those with a time in its order, then the others in the profile's.
  public var samples: [Entry] = []
  /// The sum of their counts.
  public var total: UInt64 = 0
  /// `comm PID/TID`; less where ids are not known, `allThreads` where no thread is.
  public var name: String

  /// Of samples that no thread is known of.
  public static let allThreads = "all threads"

  /// By process and thread, in the order in which they first come.
  public static func of(_ profile: Profile) -> [Self] {
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
              ? (sample.comm.isEmpty ? "[unknown]" : sample.comm) + ids : allThreads))
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
