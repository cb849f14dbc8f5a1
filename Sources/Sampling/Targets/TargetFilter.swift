// SPDX-License-Identifier: Apache-2.0

/// A filter of the target's threads. Fields are ANDed, the values of a field are ORed, and an empty
/// field matches all threads.
public struct TargetFilter: Hashable, Sendable {
  /// Thread ids in the pid namespace of this process.
  public var threads: [Int32] = []
  /// Patterns for the name of the thread or of its process.
  public var names: NamePatterns?
  /// Folders of a cgroup file system, or paths below one. A group includes the groups below it.
  public var cgroups: [String] = []
  /// Effective user ids.
  public var users: [UInt32] = []
  /// Ids of CPUs.
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
