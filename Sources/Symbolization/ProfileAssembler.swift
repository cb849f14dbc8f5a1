// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Assembles a profile from samples and the frames of their locations.
///
/// The profile holds only the modules, functions, frames and stacks that its samples pass through,
/// each once, in the order in which they come.
struct ProfileAssembler {
  private var profile: Profile
  private let names: NameTable
  /// For each location the indices in `names.frames` of its frames.
  private let framesByLocation: [[Int]]
  /// For each location the indices in `profile.frames`; empty where not needed yet.
  private var translated: [[Int]]
  /// By index in `names.functions`; -1 where not needed yet.
  private var functions: [Int]
  private var modules: [Module: Int] = [:]
  private var frames: [Frame: Int] = [:]
  private var stacks: [Stack: Int] = [:]

  /// - Parameters:
  ///   - names: what `frames` refer to.
  ///   - frames: for each location the indices in `names.frames`, innermost first.
  init(_ recording: Recording, names: NameTable, frames: [[Int]]) {
    profile = Profile(
      session: recording.session,
      processes: recording.processes.map { ProfiledProcess(pid: $0.pid, comm: $0.comm) },
      account: recording.account)
    profile.account.stacks = StackAccount()
    profile.account.frames = FrameAccount()
    self.names = names
    framesByLocation = frames
    translated = Array(repeating: [], count: frames.count)
    functions = Array(repeating: -1, count: names.functions.count)
  }

  /// Adds a sample, and counts its frames and how far its user stack reaches.
  ///
  /// - Parameters:
  ///   - locations: indices, from the leaf to the root.
  ///   - reach: nil for a sample without a user stack.
  mutating func add(_ sample: RecordedSample, at locations: [Int32], reach: StackReach?) {
    var stack = Stack(frames: [])
    stack.frames.reserveCapacity(locations.count)
    for location in locations { stack.frames += frames(at: Int(location)) }
    if case .truncated(let reason)? = reach { stack.truncation = reason }
    profile.samples.append(
      Sample(
        process: sample.process, threadID: sample.threadID, comm: sample.comm,
        stack: profile.stacks.index(holdingOnce: stack, &stacks), values: sample.values,
        times: sample.times, group: sample.group))
    count(stack, sample.values[profile.session.sampleMetric], reach)
  }

  /// The profile, with what worker processes have used, the files that two of them had to read, and
  /// the modules that lack names in its account.
  consuming func finished(_ costs: WorkerCosts) -> Profile {
    profile.account.cost.workerCPUSeconds = costs.cpuSeconds
    profile.account.cost.workerPeakBytes = costs.peakBytes
    profile.account.frames.rereadFiles = costs.rereadFiles
    for limit in profile.modules.flatMap(\.limits) {
      profile.account.frames.limitedModules[limit, default: 0] += 1
    }
    return profile
  }

  private mutating func count(_ stack: Stack, _ samples: UInt64, _ reach: StackReach?) {
    for frame in stack.frames {
      switch profile.frames[frame].naming {
      case .named: profile.account.frames.named += samples
      case .moduleOnly: profile.account.frames.moduleOnly += samples
      case .unknown: profile.account.frames.unknown += samples
      }
    }
    switch reach {
    case .complete: profile.account.stacks.complete += samples
    case .approximate: profile.account.stacks.approximate += samples
    case .truncated(let reason):
      profile.account.stacks.truncated[reason, default: 0] += samples
    case nil: break
    }
  }

  /// Indices in `profile.frames`.
  private mutating func frames(at location: Int) -> [Int] {
    if translated[location].isEmpty {
      for index in framesByLocation[location] {
        translated[location].append(self.index(ofFrame: names.frames[index]))
      }
    }
    return translated[location]
  }

  private mutating func index(ofFrame frame: Frame) -> Int {
    var frame = frame
    if functions[frame.function] < 0 {
      functions[frame.function] = profile.functions.count
      profile.functions.append(names.functions[frame.function])
    }
    frame.function = functions[frame.function]
    frame.module = profile.modules.index(holdingOnce: names.modules[frame.module], &modules)
    return profile.frames.index(holdingOnce: frame, &frames)
  }
}
