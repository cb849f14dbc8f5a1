// SPDX-License-Identifier: Apache-2.0

/// The CPU and cgroup by which samples are kept apart, besides their thread.
public struct SampleGroup: Hashable, Sendable {
  /// The CPU; nil unless samples are kept apart by CPU.
  public var cpu: Int32?
  /// The path in its hierarchy; nil unless samples are kept apart by cgroup. Untrusted text.
  public var cgroup: String?

  /// A group; by default samples are kept apart by thread only.
  public init(cpu: Int32? = nil, cgroup: String? = nil) {
    self.cpu = cpu
    self.cgroup = cgroup
  }

  /// As boxes and frames are named, the outermost first.
  public var names: [String] {
    (cgroup.map { ["cgroup \($0)"] } ?? []) + (cpu.map { ["CPU \($0)"] } ?? [])
  }

  /// What one of `names` says, within what the outer ones say; nil if it is none of them.
  public init?(name: String, in outer: Self) {
    self = outer
    if name.hasPrefix("cgroup ") {
      cgroup = String(name.dropFirst("cgroup ".count))
    } else if name.hasPrefix("CPU "), let number = Int32(name.dropFirst("CPU ".count)) {
      cpu = number
    } else {
      return nil
    }
  }
}

extension Profile {
  /// Whether samples are kept apart by more than their threads.
  public var isGrouped: Bool { samples.contains { $0.group != SampleGroup() } }

  /// For outputs that show threads by name only: what samples are kept apart by stands at the root,
  /// where the thread's name would be, and the thread's name is a frame below it.
  ///
  /// - Parameter threads: keeps threads of one name apart, as `name-PID/TID`.
  public func grouped(byThread threads: Bool) -> Profile {
    guard threads || isGrouped else { return self }
    var profile = self
    var frames: [String: Int] = [:]
    var stacks: [Stack: Int] = [:]
    profile.stacks = []
    for index in samples.indices {
      var sample = samples[index]
      let pid = processes[sample.process].pid
      var names = sample.group.names
      let thread = ThreadDescription(
        processID: pid, threadID: sample.threadID, name: sample.comm)
      names.append(threads ? thread.nameWithIDs : sample.comm)
      sample.comm = names.removeFirst()
      var stack = self.stacks[sample.stack]
      stack.frames += names.reversed().map { profile.frame(named: $0, &frames) }
      sample.stack = stacks[stack] ?? profile.stacks.count
      if stacks.updateValue(sample.stack, forKey: stack) == nil { profile.stacks.append(stack) }
      profile.samples[index] = sample
    }
    return profile
  }

  /// A frame that is no code.
  private mutating func frame(named name: String, _ known: inout [String: Int]) -> Int {
    if let index = known[name] { return index }
    modules.append(Module(kind: .unknown, path: ""))
    functions.append(Function(name: name))
    frames.append(
      Frame(function: functions.count - 1, module: modules.count - 1, address: 0))
    known[name] = frames.count - 1
    return frames.count - 1
  }
}
