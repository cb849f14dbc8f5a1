// SPDX-License-Identifier: Apache-2.0

/// Which part of the target is meant: a thread must be wanted in every respect that is named here,
/// and is so by any one of the values. What is empty asks for nothing.
public struct TargetFilter: Hashable, Sendable {
  /// Thread ids, as the profiler's own pid namespace sees them.
  public var threads: [Int32] = []
  /// Names of threads, or of their processes.
  public var names: NamePatterns?
  /// Folders of a cgroup file system, or paths below one: each with all that is below it.
  public var cgroups: [String] = []
  /// Effective user ids.
  public var users: [UInt32] = []
  /// Only these CPUs are sampled.
  public var cpus: [CInt] = []

  public init() {}

  /// Whether it tells processes apart.
  var choosesProcesses: Bool { choosesFew || !users.isEmpty }

  /// Whether it leaves a small part of a machine.
  var choosesFew: Bool { !threads.isEmpty || names != nil || !cgroups.isEmpty }

  /// For people: `threads 12, user 33, CPU 0`; empty if it asks for nothing.
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
