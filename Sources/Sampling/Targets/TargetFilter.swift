// SPDX-License-Identifier: Apache-2.0

/// A filter of the target's threads. A thread must match all fields; it matches a field if it
/// matches one of its values. An empty field matches all threads.
public struct TargetFilter: Hashable, Sendable {
  /// The ids of threads that match, in the pid namespace of this process.
  public var threads: [Int32] = []
  /// The patterns that the name of the thread, or of its process, must match; nil matches all
  /// names.
  public var names: NamePatterns?
  /// The cgroups that match, with the groups below them: absolute folders of a cgroup file system,
  /// or paths below its root.
  public var cgroups: [String] = []
  /// The effective user ids that match.
  public var users: [UInt32] = []
  /// The ids of CPUs that match: samples are taken on these only.
  public var cpus: [CInt] = []

  /// A filter that matches all threads.
  public init() {}

  /// Whether it may match some processes and not others.
  var choosesProcesses: Bool { choosesFew || !users.isEmpty }

  /// Whether it is expected to match a small part of a machine.
  var choosesFew: Bool { !threads.isEmpty || names != nil || !cgroups.isEmpty }

  /// The filter as text: `thread 12, user 33, CPU 0`; empty if it matches all.
  var description: String {
    var parts: [String] = []
    func add(_ name: String, _ values: [String]) {
      guard !values.isEmpty else { return }
      parts.append("\(name)\(values.count > 1 ? "s" : "") \(values.joined(separator: ", "))")
    }
    add("thread", threads.map(String.init))
    add("name", names?.texts ?? [])
    add("cgroup", cgroups)
    add("user", users.map(String.init))
    add("CPU", cpus.map(String.init))
    return parts.joined(separator: ", ")
  }
}
