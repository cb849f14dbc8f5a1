// SPDX-License-Identifier: Apache-2.0

import ProfileModel

/// Makes a profile in which modules, functions, frames and stacks are each held once.
struct ProfileBuilder {
  private(set) var profile: Profile
  private var modules: [Module: Int] = [:]
  private var functions: [Function: Int] = [:]
  private var frames: [Frame: Int] = [:]
  private var stacks: [Stack: Int] = [:]

  init(_ recording: Recording) {
    profile = Profile(
      session: recording.session,
      processes: recording.processes.map { ProfiledProcess(pid: $0.pid, comm: $0.comm) },
      account: recording.account)
    profile.account.stacks = StackAccount()
    profile.account.frames = FrameAccount()
  }

  mutating func index(of module: Module) -> Int {
    profile.modules.index(holdingOnce: module, &modules)
  }

  mutating func index(of function: Function) -> Int {
    profile.functions.index(holdingOnce: function, &functions)
  }

  mutating func index(of frame: Frame) -> Int {
    profile.frames.index(holdingOnce: frame, &frames)
  }

  mutating func index(of stack: Stack) -> Int {
    profile.stacks.index(holdingOnce: stack, &stacks)
  }

  /// Counts the modules that have fewer names than they could: once all are there.
  mutating func countLimits() {
    for limit in profile.modules.flatMap(\.limits) {
      profile.account.frames.limitedModules[limit, default: 0] += 1
    }
  }

  mutating func add(_ costs: ModuleNamer.Costs) {
    profile.account.cost.workerCPUSeconds = costs.cpuSeconds
    profile.account.cost.workerPeakBytes = costs.peakBytes
  }

  /// Adds a sample, and counts its frames and how far its user stack reaches.
  ///
  /// - Parameter reach: nil for a sample without a user stack.
  mutating func add(_ sample: Sample, reach: StackReach?) {
    profile.samples.append(sample)
    let stack = profile.stacks[sample.stack]
    for frame in stack.frames {
      switch profile.frames[frame].naming {
      case .named: profile.account.frames.named += sample.count
      case .moduleOnly: profile.account.frames.moduleOnly += sample.count
      case .unknown: profile.account.frames.unknown += sample.count
      }
    }
    switch reach {
    case .complete: profile.account.stacks.complete += sample.count
    case .approximate: profile.account.stacks.approximate += sample.count
    case .truncated(let reason):
      profile.account.stacks.truncated[reason, default: 0] += sample.count
    case nil: break
    }
  }
}
