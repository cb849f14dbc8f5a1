// SPDX-License-Identifier: Apache-2.0

/// The CPU and the cgroup by which a profile keeps samples apart, in addition to their thread.
package struct SampleGroup: Hashable, Sendable {
  /// The index of the CPU, from 0; nil unless samples are kept apart by CPU.
  package var cpu: Int32?
  /// The path of the cgroup in its hierarchy; nil unless samples are kept apart by cgroup.
  /// Untrusted text.
  package var cgroup: String?

  /// Creates a group; by default samples are kept apart by thread only.
  ///
  /// - Parameters:
  ///   - cpu: The index of the CPU, from 0; nil if samples are not kept apart by CPU.
  ///   - cgroup: The path of the cgroup in its hierarchy; nil if samples are not kept apart by
  ///     cgroup.
  package init(cpu: Int32? = nil, cgroup: String? = nil) {
    self.cpu = cpu
    self.cgroup = cgroup
  }

  /// The names of the group's boxes or frames in outputs, such as `cgroup /a` and `CPU 3`, the
  /// outermost first; empty if samples are kept apart by thread only.
  package var names: [String] {
    (cgroup.map { ["cgroup \($0)"] } ?? []) + (cpu.map { ["CPU \($0)"] } ?? [])
  }

  /// Creates a group from a name that outputs show, `cgroup PATH` or `CPU NUMBER`.
  ///
  /// - Parameters:
  ///   - name: The name of a box or frame.
  ///   - outer: The group of the names further out, to which that of `name` is added.
  /// - Returns: nil if the name has neither form.
  package init?(name: String, in outer: Self) {
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
  /// Whether samples are kept apart by CPU or cgroup, not only by thread.
  package var isGrouped: Bool { samples.contains { $0.group != SampleGroup() } }

  /// Returns the profile in a form in which outputs that show threads by name only also show the
  /// CPUs and cgroups by which samples are kept apart.
  ///
  /// The outermost name of a sample's group takes the place of the thread's name; the group's other
  /// names and the thread's own become frames at the root of the stack. A profile without groups is
  /// returned as it is, unless `threads` is true.
  ///
  /// - Parameter threads: Whether threads of one name are kept apart, as `name-PID/TID`.
  package func grouped(byThread threads: Bool) -> Profile {
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
