// SPDX-License-Identifier: Apache-2.0

/// The sink that keeps everything: makes a profile of what a reader tells.
public struct ProfileCollector: SampleSink {
  private var profile: Profile
  private var frames: [FrameDescription: Int32] = [:]
  private var functions: [Function: Int] = [:]
  private var modules: [Module: Int] = [:]
  private var threads: [(description: ThreadDescription, process: Int)] = []
  private var processes: [ProfiledProcess: Int] = [:]
  private var stacks: [Stack: Int] = [:]
  private var samples: [SampleKey: Int] = [:]

  private struct SampleKey: Hashable {
    var thread: Int32
    var stack: Int
  }

  public init(_ session: Session) {
    profile = Profile(session: session)
  }

  public mutating func number(of frame: FrameDescription) -> Int32 {
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

  public mutating func number(of thread: ThreadDescription) -> Int32 {
    let process = ProfiledProcess(
      pid: thread.processID,
      comm: thread.processName.isEmpty ? thread.name : thread.processName)
    threads.append((thread, profile.processes.index(holdingOnce: process, &processes)))
    return Int32(threads.count - 1)
  }

  public mutating func add(
    thread: Int32, truncation: Truncation?, path: [Int32], count: UInt64, times: [UInt64]
  ) {
    // What no thread is known of is one of no name.
    let thread = thread < 0 ? unnamedThread() : thread
    let stack = profile.stacks.index(
      holdingOnce: Stack(frames: path.reversed().map(Int.init), truncation: truncation), &stacks)
    let key = SampleKey(thread: thread, stack: stack)
    // Foreign numbers may exceed what can be summed.
    let most = (UInt64(1) << 62) - profile.account.samples.recorded
    let counted = min(count, most)
    profile.account.samples.recorded += counted
    if let sample = samples[key] {
      profile.samples[sample].count += counted
      profile.samples[sample].weight += counted
      profile.samples[sample].times += times
      return
    }
    samples[key] = profile.samples.count
    let (description, process) = threads[Int(thread)]
    profile.samples.append(
      Sample(
        process: process, threadID: description.threadID, comm: description.name, stack: stack,
        count: counted, weight: counted, times: times,
        group: description.group))
  }

  /// The profile of all that was told.
  public consuming func finish() -> Profile {
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
